"""
Identity providers, behind one protocol.

- Whoever calls a provider has no transaction open. Silence is ProviderUnavailable, never a verdict.
- A notice is believed only so far as to ask the provider again: `read` decides.
- Ordering is by the provider's own time, which every notice carries.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from investors.models import Verdict
from rwa_portal.core.errors import DomainError, Unavailable


class ProviderUnavailable(Unavailable):
    """The identity provider does not answer. Nothing was lost; try again in a minute."""


class ProviderRefused(DomainError):
    """The identity provider refuses the request. Operations must look at its settings."""


class SignatureWrong(DomainError):
    """The notice is not signed by the provider."""


class NoticeUnreadable(DomainError):
    """The notice is signed, but does not say what a notice must say."""


@dataclass(frozen=True)
class Notice:
    """What a signed notice says: about whom, which kind of event, and when."""

    applicant_id: str
    external_id: str  # our session's id, as the provider keeps it
    event_type: str
    vendor_at: datetime
    verdict: Verdict = Verdict.NONE
    reads: bool = True  # no: of a kind that decides nothing
    closes: bool = False  # the provider has deactivated or deleted the person
    opens: bool = False  # and has taken that back
    is_sandbox: bool = False
    is_test: bool = False


@dataclass(frozen=True)
class Reading:
    """The provider's answer about a person, asked for by us."""

    status: str  # the provider's own word
    verdict: Verdict
    level: str
    reviewed_at: datetime | None
    labels: tuple[str, ...] = ()
    public_comment: str = field(default="", repr=False)
    internal_comment: str = field(default="", repr=False)


class KycProvider(Protocol):
    name: str

    def required_level(self) -> str: ...

    def open_applicant(self, *, external_id: str, level: str) -> str:
        """
        Return the provider's id of the person, whom it may know already.

        :raises ProviderUnavailable, ProviderRefused:
        """

    def hosted_link(self, *, external_id: str, level: str, return_url: str) -> str:
        """
        Return where the person identifies, for some minutes.

        :raises ProviderUnavailable, ProviderRefused:
        """

    def read(self, *, applicant_id: str) -> Reading:
        """
        Ask for the verdict as it is now.

        :raises ProviderUnavailable, ProviderRefused:
        """

    def verify(self, *, body: bytes, headers: Mapping[str, str]) -> None:
        """
        Make sure that the provider signed these bytes.

        :raises SignatureWrong:
        """

    def parse(self, *, body: bytes) -> Notice:
        """
        Read a verified notice.

        :raises NoticeUnreadable:
        """
