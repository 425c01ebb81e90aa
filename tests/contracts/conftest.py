import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import StringIO
from typing import ClassVar

import pytest
from django.contrib.auth.models import Permission
from django.core.management import call_command
from django.utils import timezone

from contracts import calls, operations, registry
from contracts.actions import approve_operation
from contracts.models import ChainOperation, CustodyWallet, Purpose
from contracts.operations import Call
from contracts.wallets import platform
from indexer.models import Incident
from rwa_portal.core.actions import action
from rwa_portal.core.errors import DomainError
from rwa_portal.core.models import User

from . import chain, fake

AT = datetime(2026, 3, 31, 12, tzinfo=UTC)
TO = "0xaf88d065e77c8cC2239327C5EDb3A432268e5831"
KIND = "tests.mint"


def person(name: str, *codenames: str) -> User:
    user = User.objects.create_user(name, is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    return user


class ProofExpired(DomainError):
    """The proof has expired."""


@dataclass
class Order:
    """A subject, and what its kind's hooks read and write."""

    pk: uuid.UUID = field(default_factory=uuid.uuid4)
    person_id: uuid.UUID | None = None
    facts: dict[str, str] = field(default_factory=lambda: {"investor": "1", "proof": "p"})
    proof_valid: bool = True
    failures: list[tuple[str, str]] = field(default_factory=list)
    audited_fields: ClassVar[tuple[str, ...]] = ()


def consent(operation, by):
    return approve_operation(operation_id=operation.pk, by=by, at=AT, reason="Checked.")


def state() -> str:
    return ChainOperation.objects.get().state


@pytest.fixture
def order(monkeypatch) -> Order:
    order = Order()

    def recheck(operation: ChainOperation) -> dict[str, str]:
        if not order.proof_valid:
            raise ProofExpired
        return dict(order.facts)

    def on_failed(operation: ChainOperation, reason: str) -> None:
        order.failures.append((operation.key, reason))

    monkeypatch.setattr(registry, "_hooks", dict(registry._hooks))
    registry.register(KIND, recheck=recheck, on_failed=on_failed, expects="ComplianceModule.AllowlistUpdated")
    registry.register("tests.note", recheck=recheck, on_failed=on_failed, moves_value=False)
    return order


@pytest.fixture(autouse=True)
def custodian(settings):
    settings.CUSTODIANS = {**settings.CUSTODIANS, "fake": "tests.contracts.fake.FakeCustodian"}
    settings.APPROVALS_NEEDED = {"*": 1}
    fake.forget()
    return fake


@pytest.fixture
def wallet(db) -> CustodyWallet:
    return CustodyWallet.objects.create(
        address="0x" + "11" * 20, vendor="fake", purpose=Purpose.ISSUER, owner_id=uuid.uuid4(), created_at=AT
    )


@pytest.fixture
def officer(db):
    return person("officer")


@pytest.fixture
def second(db):
    return person("second", "approve_operation", "view_chainoperation")


@pytest.fixture
def ask(order, wallet, officer):
    def ask(key: str = "order:1:mint", kind: str = KIND, calldata=b"\x12\x34", **changed) -> ChainOperation:
        call = Call(kind, TO, calldata, dict(order.facts))
        given = {"subject": order, "wallet": wallet, "by": officer, "at": AT, **changed}
        return action(operations.enqueue)(call, key=key, **given)

    return ask


@pytest.fixture
def clock(monkeypatch, request):
    """Move time: clock(delta), from AT on; where a real chain is involved, from the real time on."""
    now = [timezone.now() if "dev_chain" in request.fixturenames else AT]
    monkeypatch.setattr(timezone, "now", lambda: now[0])

    def advance(delta):
        now[0] += delta

    return advance


class DevChain:
    """A chain that can be put back to its first block."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._first = chain.call("evm_snapshot")

    def forget(self) -> None:
        assert chain.call("evm_revert", self._first) is True
        self._first = chain.call("evm_snapshot")


@pytest.fixture
def dev_chain(anvil, settings):
    """A real anvil that mines at once, empty."""
    settings.CHAIN = chain.parameters(anvil.url)
    dev_chain = DevChain(anvil.url)
    yield dev_chain
    settings.CHAIN = chain.parameters(anvil.url)
    dev_chain.forget()


@pytest.fixture
def suite(dev_chain, settings):
    """The contracts, on a real anvil; operations need no approval."""
    settings.APPROVALS_NEEDED = {"*": 0}
    call_command("deploy_contracts", network="dev", stdout=StringIO())
    return dev_chain


@pytest.fixture
def ask_for(suite, order, officer):
    """Ask for a real call by one of the platform's wallets."""

    def ask_for(encoded, *, by: Purpose, key: str = "k", kind: str = KIND, **given) -> ChainOperation:
        call = Call(kind, encoded.to, encoded.calldata, dict(order.facts))
        signer = {"wallet": platform(by), "by": officer, "subject": order}
        return action(operations.enqueue)(call, key=key, at=timezone.now(), **signer, **given)

    return ask_for


@pytest.fixture
def ask_to_allow(ask_for):
    """Ask to put an address on the allowlist: a call that works."""

    def ask_to_allow(number: int = 1, **given) -> ChainOperation:
        profile = calls.Profile(f"0x{number:040x}", 2**40, "DE", "RETAIL", number)
        key = f"allow:{number}"
        encoded = calls.set_profiles_and_allowlist([profile])
        return ask_for(encoded, by=Purpose.COMPLIANCE, **{"key": key, **given})

    return ask_to_allow


@pytest.fixture
def operation(ask):
    return ask()


@pytest.fixture
def queued(operation, second):
    return consent(operation, second)


@pytest.fixture
def halted(db):
    return Incident.objects.create(halts_sending=True, opened_at=AT)
