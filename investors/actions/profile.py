import uuid
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from investors import personal
from investors.models import Investor, InvestorType, KycStatus
from investors.personal import PersonalDetails
from rwa_portal.core import drafts, history
from rwa_portal.core.actions import action
from rwa_portal.core.errors import DomainError, RuleBroken
from rwa_portal.core.jurisdictions import parse_jurisdiction
from rwa_portal.core.models import AuditEvent, User

DRAFT = "investor-profile"
ADULT_YEARS = 18


class AlreadyRegistered(DomainError):
    """This account has an investor profile already."""


class ProfileFixed(DomainError):
    """What was verified cannot be changed here. Write to compliance: a new identity check is needed."""


class NameMissing(RuleBroken):
    """Write the name as the passport shows it."""


class InvestorUnderage(RuleBroken):
    """An investor is at least 18 years old."""

    field = "date_of_birth"


class InvestorTypeUnknown(RuleBroken):
    """An investor is RETAIL, ACCREDITED or INSTITUTIONAL."""

    field = "investor_type"


class EvidenceMissing(RuleBroken):
    """A type other than RETAIL needs evidence and its last day, which lies ahead."""

    field = "valid_until"


@dataclass(frozen=True)
class Profile:
    """What an investor says about itself."""

    details: PersonalDetails
    jurisdiction_code: str
    declared_type: str


@action
def register_investor(*, profile: Profile, by: User, at: datetime) -> Investor:
    """
    Open an investor record for the signed-in person, whose identity is checked next.

    :raises AlreadyRegistered:
    :raises NameMissing, InvestorUnderage, JurisdictionUnknown, InvestorTypeUnknown: field by field
    """
    investor = Investor(id=uuid.uuid4(), user=by, created_at=at, **_columns(profile, at))
    _fill(investor, profile)
    try:
        with transaction.atomic():
            history.save(investor, by=by, reason="investor.registered")
    except IntegrityError as error:
        if "user_id" in str(error):
            raise AlreadyRegistered from None
        raise
    drafts.discard(user=by, name=DRAFT)
    AuditEvent.record("investor.registered", subject=investor, by=by, at=at)
    return investor


@action
def correct_details(*, investor_id: UUID, profile: Profile, by: User, at: datetime) -> Investor:
    """
    Correct what the person wrote, while nobody has verified it.

    :raises ProfileFixed: it is verified or refused
    :raises NameMissing, InvestorUnderage, JurisdictionUnknown, InvestorTypeUnknown: field by field
    """
    investor = Investor.objects.select_for_update(of=("self",)).get(pk=investor_id)
    if investor.kyc_status != KycStatus.PENDING:
        raise ProfileFixed
    for name, value in _columns(profile, at).items():
        setattr(investor, name, value)
    _fill(investor, profile)
    history.save(investor, by=by, reason="investor.corrected")
    drafts.discard(user=by, name=DRAFT)
    AuditEvent.record("investor.corrected", subject=investor, by=by, at=at)
    return investor


@action
def classify_investor(
    *,
    investor_id: UUID,
    investor_type: str,
    evidence: str,
    valid_until: date | None,
    by: User,
    at: datetime,
    reason: str,
) -> Investor:
    """
    Say which type of investor the evidence shows, and until when. The chain learns it with the next profile.

    :raises InvestorTypeUnknown:
    :raises EvidenceMissing: a type other than RETAIL without evidence, or whose last day is past
    """
    if investor_type not in InvestorType.values:
        raise InvestorTypeUnknown
    is_retail = investor_type == InvestorType.RETAIL
    if not is_retail and not (evidence.strip() and valid_until and valid_until >= at.date()):
        raise EvidenceMissing
    investor = Investor.objects.select_for_update(of=("self",)).get(pk=investor_id)
    investor.investor_type = investor_type
    investor.type_evidence = "" if is_retail else evidence.strip()
    investor.type_valid_until = None if is_retail else valid_until
    history.save(investor, by=by, reason="investor.classified")
    AuditEvent.record("investor.classified", subject=investor, by=by, at=at, reason=reason)
    return investor


def _columns(profile: Profile, at: datetime) -> dict[str, str]:
    _require_details(profile.details, at.date())
    if profile.declared_type not in InvestorType.values:
        raise InvestorTypeUnknown
    return {
        "jurisdiction_code": parse_jurisdiction(profile.jurisdiction_code),
        "declared_type": profile.declared_type,
    }


def _fill(investor: Investor, profile: Profile) -> None:
    for name, sealed in personal.seal(investor.pk, profile.details).items():
        setattr(investor, name, sealed)


def _require_details(details: PersonalDetails, today: date) -> None:
    for name in ("given_names", "family_names", "residential_address"):
        text = getattr(details, name)
        if not text.strip() or not text.isprintable():
            raise NameMissing(field=name)
    born = details.date_of_birth
    if not isinstance(born, date) or _years(born, today) < ADULT_YEARS or _years(born, today) > 120:
        raise InvestorUnderage


def _years(born: date, today: date) -> int:
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))
