"""A person's identity, sealed field by field under the person's key. Nothing here is ever logged."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from investors.models import Investor, KycSession
from rwa_portal.core.models import PersonKey


@dataclass(frozen=True)
class PersonalDetails:
    """What identifies a person; `date_of_birth` is ISO 8601 once it has been sealed, or `[erased]`."""

    given_names: str
    family_names: str
    date_of_birth: date | str
    residential_address: str

    def __repr__(self) -> str:
        return "<PersonalDetails>"  # a traceback or a log must not tell who it is


FIELDS = ("given_names", "family_names", "date_of_birth", "residential_address")


def seal(investor_id: UUID, details: PersonalDetails) -> dict[str, bytes]:
    """Return the ciphertext of each field, for the investor's columns."""
    return {name: PersonKey.seal(investor_id, str(getattr(details, name))) for name in FIELDS}


def unseal(investor: Investor) -> PersonalDetails:
    return PersonalDetails(
        **{name: PersonKey.unseal(investor.pk, bytes(getattr(investor, name))) for name in FIELDS}
    )


def text(session: KycSession, column: str) -> str:
    """Read one of a session's sealed comments; empty when nothing was written."""
    sealed = bytes(getattr(session, column))
    return PersonKey.unseal(session.investor_id, sealed) if sealed else ""
