"""An issuer's way into the portal: application, review, registration, members."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from allauth.account.models import EmailAddress
from django.db import IntegrityError, transaction
from django_fsm import can_proceed

from assets import notices
from assets.models import Issuer, IssuerMember
from contracts import wallets
from contracts.models import Purpose
from rwa_portal.core import history
from rwa_portal.core.actions import action
from rwa_portal.core.errors import DomainError, RuleBroken
from rwa_portal.core.jurisdictions import parse_jurisdiction
from rwa_portal.core.models import AuditEvent, User

FIELDS = ("legal_name", "registration_number", "jurisdiction_code")


class EmailNotVerified(DomainError):
    """Verify your e-mail address first: the link is in the message we sent you."""


class IssuerNameMissing(RuleBroken):
    """The legal name is 2 to 200 characters, as in the commercial register."""

    field = "legal_name"


class RegistrationNumberMissing(RuleBroken):
    """The registration number is 1 to 64 characters."""

    field = "registration_number"


class IssuerAlreadyKnown(RuleBroken):
    """A company with this number in this country has applied already."""

    field = "registration_number"


class IssuerNotWaiting(DomainError):
    """Only an application nobody has taken up can be taken up."""


class IssuerNotInReview(DomainError):
    """The application is not in review."""


class IssuerNotReturned(DomainError):
    """The application was not returned for changes."""


class ReviewerInvolved(DomainError):
    """Who submitted this or is a member of the issuer cannot review it."""


class ReturnFieldsUnknown(RuleBroken):
    """Name at least one field of the application that must change."""

    field = "asked"


class AccountUnknown(RuleBroken):
    """No account with a verified e-mail address has this address; ask the person to sign up first."""

    field = "email"


class AlreadyMember(RuleBroken):
    """This person is a member already."""

    field = "email"


@action
def submit_issuer(
    *, legal_name: str, registration_number: str, jurisdiction_code: str, by: User, at: datetime
) -> Issuer:
    """
    Apply for a company, whose first member the applicant becomes. A reviewer decides.

    :raises EmailNotVerified:
    :raises IssuerNameMissing, RegistrationNumberMissing, JurisdictionUnknown, IssuerAlreadyKnown:
    """
    if not EmailAddress.objects.filter(user=by, verified=True).exists():
        raise EmailNotVerified
    issuer = Issuer(submitted_by=by, submitted_at=at, created_at=at)
    _write(issuer, legal_name, registration_number, jurisdiction_code)
    _save(issuer, by=by, reason="issuer.submitted")
    IssuerMember.objects.create(issuer=issuer, user=by, added_by=by, joined_at=at)
    AuditEvent.record("issuer.submitted", subject=issuer, by=by, at=at)
    return issuer


@action
def resubmit_issuer(
    *,
    issuer_id: UUID,
    legal_name: str,
    registration_number: str,
    jurisdiction_code: str,
    by: User,
    at: datetime,
) -> Issuer:
    """
    Answer the reviewer's questions; the application goes back into review.

    :raises IssuerNotReturned:
    :raises IssuerNameMissing, RegistrationNumberMissing, JurisdictionUnknown, IssuerAlreadyKnown:
    """
    issuer = _lock(issuer_id)
    if not can_proceed(issuer.resubmit):
        raise IssuerNotReturned
    _write(issuer, legal_name, registration_number, jurisdiction_code)
    issuer.resubmit(at=at)
    _save(issuer, by=by, reason="issuer.resubmitted")
    AuditEvent.record("issuer.resubmitted", subject=issuer, by=by, at=at)
    return issuer


@action
def start_issuer_review(*, issuer_id: UUID, by: User, at: datetime, reason: str = "") -> Issuer:
    """
    Take up an application.

    :raises IssuerNotWaiting, ReviewerInvolved:
    """
    issuer = _lock(issuer_id)
    if not can_proceed(issuer.start_review):
        raise IssuerNotWaiting
    refuse_involved(issuer, submitted_by=issuer.submitted_by, by=by)
    issuer.start_review(by=by, at=at)
    return _decided(issuer, "issuer.review_started", by=by, at=at, reason=reason)


@action
def return_issuer(*, issuer_id: UUID, asked: Sequence[str], by: User, at: datetime, reason: str) -> Issuer:
    """
    Ask the applicant to change the named fields; the reason is shown there.

    :raises IssuerNotInReview, ReviewerInvolved, ReturnFieldsUnknown:
    """
    issuer = _lock_for_decision(issuer_id, by)
    if not asked or set(asked) - set(FIELDS):
        raise ReturnFieldsUnknown
    issuer.return_for_changes(by=by, at=at, reason=reason, fields=list(asked))
    return _decided(issuer, "issuer.returned", by=by, at=at, reason=reason)


@action
def register_issuer(*, issuer_id: UUID, by: User, at: datetime, reason: str) -> Issuer:
    """
    Register the company and assign it two custody wallets: one mints its assets, one attests their backing.

    :raises IssuerNotInReview, ReviewerInvolved:
    :raises NoCustodyWalletFree: if the custodian has none left
    """
    issuer = _lock_for_decision(issuer_id, by)
    issuer.register(
        custody_wallet=wallets.assign(purpose=Purpose.ISSUER, owner_id=issuer.pk, by=by, at=at),
        custodian_wallet=wallets.assign(purpose=Purpose.CUSTODIAN, owner_id=issuer.pk, by=by, at=at),
        by=by,
        at=at,
    )
    return _decided(issuer, "issuer.registered", by=by, at=at, reason=reason)


@action
def refuse_issuer(*, issuer_id: UUID, by: User, at: datetime, reason: str) -> Issuer:
    """
    Refuse the application for good.

    :raises IssuerNotInReview, ReviewerInvolved:
    """
    issuer = _lock_for_decision(issuer_id, by)
    issuer.refuse(by=by, at=at)
    return _decided(issuer, "issuer.refused", by=by, at=at, reason=reason)


@action
def add_member(*, issuer_id: UUID, email: str, by: User, at: datetime) -> IssuerMember:
    """
    Let another person act for the issuer.

    :raises AccountUnknown, AlreadyMember:
    """
    issuer = _lock(issuer_id)
    address = EmailAddress.objects.filter(
        email__iexact=email.strip(), verified=True, user__is_active=True
    ).first()
    if address is None:
        raise AccountUnknown
    member, is_new = IssuerMember.objects.get_or_create(
        issuer=issuer, user=address.user, defaults={"added_by": by, "joined_at": at}
    )
    if not is_new:
        raise AlreadyMember
    AuditEvent.record("issuer.member_added", subject=issuer, by=by, at=at)
    return member


def refuse_involved(issuer: Issuer, *, submitted_by: User | None, by: User) -> None:
    """
    :raises ReviewerInvolved: nobody reviews what they or their company brought
    """
    if by == submitted_by or issuer.memberships.filter(user=by).exists():
        raise ReviewerInvolved


def _write(issuer: Issuer, legal_name: str, registration_number: str, jurisdiction_code: str) -> None:
    issuer.legal_name = " ".join(legal_name.split())
    issuer.registration_number = " ".join(registration_number.split())
    issuer.jurisdiction_code = parse_jurisdiction(jurisdiction_code)
    if not 2 <= len(issuer.legal_name) <= 200:
        raise IssuerNameMissing
    if not 1 <= len(issuer.registration_number) <= 64:
        raise RegistrationNumberMissing


def _lock(issuer_id: UUID) -> Issuer:
    return Issuer.objects.select_for_update(of=("self",)).get(pk=issuer_id)


def _lock_for_decision(issuer_id: UUID, by: User) -> Issuer:
    issuer = _lock(issuer_id)
    if issuer.status != Issuer.Status.IN_REVIEW:
        raise IssuerNotInReview
    refuse_involved(issuer, submitted_by=issuer.submitted_by, by=by)
    return issuer


def _save(issuer: Issuer, *, by: User, reason: str) -> None:
    try:
        with transaction.atomic():
            history.save(issuer, by=by, reason=reason)
    except IntegrityError as error:
        if "issuer_once_per_register" in str(error):
            raise IssuerAlreadyKnown from None
        raise


def _decided(issuer: Issuer, kind: str, *, by: User, at: datetime, reason: str) -> Issuer:
    history.save(issuer, by=by, reason=kind)
    AuditEvent.record(kind, subject=issuer, by=by, at=at, reason=reason)
    if issuer.status != Issuer.Status.IN_REVIEW:
        notices.issuer_decided(issuer)
    return issuer
