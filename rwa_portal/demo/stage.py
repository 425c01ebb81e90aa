"""Everything the steps share: where the portal is, who acts, and what has come about so far."""

import secrets
from dataclasses import dataclass, field
from typing import Any

from rwa_portal.demo.person import Person
from rwa_portal.demo.report import Report
from rwa_portal.demo.wallet import Chain, InvestorWallet

# Each role, one person; two officers, because whoever asks never counts as an approver.
STAFF = {
    "operations": "operations",
    "officer.a": "compliance_officer",
    "officer.b": "compliance_officer",
    "counsel": "legal_reviewer",
    "treasurer": "treasurer",
    "auditor": "auditor",
}


@dataclass
class Investor:
    person: Person
    wallet: InvestorWallet
    id: str = ""
    orders: dict[str, str] = field(default_factory=dict)


@dataclass
class Stage:
    """One run of the demo. `run` tells its people and papers from those of earlier runs."""

    web: str
    sandbox: str
    chain: Chain
    report: Report
    run: str = field(default_factory=lambda: secrets.token_hex(2))
    password: str = field(default_factory=lambda: secrets.token_urlsafe(12))
    staff: dict[str, Person] = field(default_factory=dict)
    investors: dict[str, Investor] = field(default_factory=dict)
    issuer: Person = field(init=False)
    issuer_id: str = ""
    asset_id: str = ""
    token: str = ""
    escrow: str = ""
    contracts: dict[str, str] = field(default_factory=dict)
    kept: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.issuer = self.person("issuer")

    def person(self, name: str) -> Person:
        """Somebody with an e-mail address of this run."""
        return Person(self.web, name, f"{name}+{self.run}@portal.example", self.password)

    def tell(self, who: str, what: str, **where: Any) -> None:
        self.report.tell(who, what, **where)
