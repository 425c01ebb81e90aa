import base64
import hashlib
import json
import uuid
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction

from contracts.operations import OperationUnderWay
from investors import calculations, operations, personal
from investors.kyc import Notice, Reading
from investors.models import Investor, KycSession, KycStatus, Outcome, Verdict, WebhookDelivery
from investors.queries import session_of
from rwa_portal.core import history
from rwa_portal.core.actions import action
from rwa_portal.core.errors import DomainError
from rwa_portal.core.models import AuditEvent, PersonKey, User
from rwa_portal.core.pokes import poke


class InvestorAlreadyVerified(DomainError):
    """The identity check is done; there is nothing to do until it expires."""


class ReadingOutdated(DomainError):
    """A newer answer of the provider has been applied meanwhile; ask it again."""


class NoticeNotQuarantined(DomainError):
    """Only a notice in quarantine can be worked off again."""


class ApplicantNotOpened(DomainError):
    """The person has not started the identity check with the provider."""


@action
def open_session(*, investor_id: UUID, provider: str, level: str, by: User, at: datetime) -> KycSession:
    """
    Begin or continue the identity check of an investor with a provider, who is asked afterwards.

    :raises InvestorAlreadyVerified: and the verification has not expired
    """
    investor = Investor.objects.select_for_update(of=("self",)).get(pk=investor_id)
    verified = investor.kyc_status == KycStatus.VERIFIED
    if verified and investor.kyc_valid_until is not None and investor.kyc_valid_until >= at.date():
        raise InvestorAlreadyVerified
    session = KycSession.objects.filter(investor=investor, provider=provider).first()
    if session is not None:
        return session
    session = KycSession(investor=investor, provider=provider, level=level, created_at=at)
    history.save(session, by=by, reason="kyc.opened")
    AuditEvent.record("kyc.opened", subject=session, by=by, at=at)
    return session


@action
def record_applicant(*, session_id: UUID, applicant_id: str, by: User, at: datetime) -> KycSession:
    """Note what the provider calls the person. Its first notice may have told us already."""
    session = KycSession.objects.select_for_update(of=("self",)).get(pk=session_id)
    if session.applicant_id != applicant_id:
        session.applicant_id = applicant_id
        history.save(session, by=by, reason="kyc.applicant")
        AuditEvent.record("kyc.applicant", subject=session, by=by, at=at)
    return session


@action
def journal_notice(
    *, provider: str, body: bytes, headers: Mapping[str, str], notice: Notice | None, at: datetime
) -> WebhookDelivery:
    """
    Keep a verified notice as it came in, once, and wake the worker. Nothing else is decided here.

    A notice that names nobody we know, or that cannot be read, is sealed under a key of its own.
    """
    session = session_of(provider, notice) if notice is not None else None
    delivery = WebhookDelivery(
        id=uuid.uuid4(),
        provider=provider,
        dedupe_key=hashlib.sha256(body).hexdigest(),
        event_type=notice.event_type if notice else "",
        vendor_at=notice.vendor_at if notice else None,
        session=session,
        received_at=at,
    )
    known = WebhookDelivery.objects.filter(provider=provider, dedupe_key=delivery.dedupe_key).first()
    if known is not None:
        return known
    delivery.person_id = session.investor_id if session else delivery.pk
    delivery.body = PersonKey.seal(delivery.person_id, base64.b64encode(body).decode())
    delivery.headers = PersonKey.seal(delivery.person_id, json.dumps(dict(headers)))
    try:
        with transaction.atomic():
            delivery.save(force_insert=True)
    except IntegrityError:  # its twin was faster by a moment
        return WebhookDelivery.objects.get(provider=provider, dedupe_key=delivery.dedupe_key)
    poke("investors.tasks.work_off_notice", str(delivery.pk))
    return delivery


@action
def set_notice_aside(
    *, delivery_id: UUID, outcome: Outcome, note: str, by: User, at: datetime
) -> WebhookDelivery:
    """Close a notice that changes nothing, with the reason as a code."""
    delivery = WebhookDelivery.objects.select_for_update(of=("self",)).get(pk=delivery_id)
    if delivery.outcome == Outcome.RECEIVED:
        _close(delivery, outcome, note, at)
        if outcome == Outcome.QUARANTINED:
            AuditEvent.record("kyc.notice_quarantined", subject=delivery, by=by, at=at)
    return delivery


@action
def retry_notice(*, delivery_id: UUID, by: User, at: datetime, reason: str) -> WebhookDelivery:
    """
    Let a notice out of quarantine, to be worked off again.

    :raises NoticeNotQuarantined:
    """
    delivery = WebhookDelivery.objects.select_for_update(of=("self",)).get(pk=delivery_id)
    if delivery.outcome != Outcome.QUARANTINED:
        raise NoticeNotQuarantined
    delivery.outcome, delivery.note, delivery.processed_at = Outcome.RECEIVED, "", None
    delivery.save(update_fields=["outcome", "note", "processed_at"])
    AuditEvent.record("kyc.notice_retried", subject=delivery, by=by, at=at, reason=reason)
    poke("investors.tasks.work_off_notice", str(delivery.pk))
    return delivery


@action
def apply_verdict(
    *,
    session_id: UUID,
    reading: Reading,
    read_at: datetime,
    by: User,
    at: datetime,
    delivery_id: UUID | None = None,
    notice: Notice | None = None,
    reason: str = "",
) -> KycSession:
    """
    Take over what the provider answered, unless something newer has been taken over before.

    GREEN verifies, FINAL rejects, all else leaves or puts the investor PENDING. An investor who loses
    VERIFIED is taken off the allowlist, as far as the policy for that call allows.

    :raises ReadingOutdated: the answer is older than one that was applied
    """
    session = KycSession.objects.get(pk=session_id)
    investor = Investor.objects.select_for_update(of=("self",)).get(pk=session.investor_id)
    session = KycSession.objects.select_for_update(of=("self",)).get(pk=session_id)
    if notice is not None and delivery_id is not None:
        delivery = WebhookDelivery.objects.select_for_update(of=("self",)).get(pk=delivery_id)
        if delivery.outcome != Outcome.RECEIVED:
            return session
        if session.verdict_at is not None and notice.vendor_at <= session.verdict_at:
            _close(delivery, Outcome.STALE, "", at)
            return session
    if session.read_at is not None and read_at < session.read_at:
        raise ReadingOutdated

    _take_over(session, reading, notice, read_at)
    history.save(session, by=by, reason="kyc.read")
    _decide(investor, session, reading, by=by, at=at, reason=reason)
    if notice is not None and delivery_id is not None:
        _close(delivery, Outcome.APPLIED, session.verdict, at)
    return session


def _take_over(session: KycSession, reading: Reading, notice: Notice | None, read_at: datetime) -> None:
    if notice is not None:
        session.verdict_at = notice.vendor_at
        session.applicant_id = notice.applicant_id
        session.is_open = (session.is_open or notice.opens) and not notice.closes
    session.status, session.read_at = reading.status, read_at
    session.verdict = _strictest(session, reading, notice)
    session.reject_labels = list(reading.labels)
    session.public_comment = PersonKey.seal(session.investor_id, reading.public_comment)
    session.internal_comment = PersonKey.seal(session.investor_id, reading.internal_comment)


def _strictest(session: KycSession, reading: Reading, notice: Notice | None) -> Verdict:
    """Let GREEN stand only when nothing speaks against it; a person looks where the words do not agree."""
    if reading.verdict != Verdict.GREEN:
        return reading.verdict
    if not session.is_open or reading.level != session.level:
        return Verdict.UNCLEAR
    if notice is not None and notice.verdict in (Verdict.RETRY, Verdict.FINAL, Verdict.UNCLEAR):
        return Verdict.UNCLEAR  # signed refusal, but the answer has not followed yet
    return Verdict.GREEN


def _decide(
    investor: Investor, session: KycSession, reading: Reading, *, by: User, at: datetime, reason: str
) -> None:
    was = investor.kyc_status
    target = {Verdict.GREEN: KycStatus.VERIFIED, Verdict.FINAL: KycStatus.REJECTED}.get(
        Verdict(session.verdict), KycStatus.PENDING
    )
    if target == KycStatus.VERIFIED:
        reviewed_at = reading.reviewed_at or session.verdict_at or at
        until = calculations.valid_until(reviewed_at, days=settings.KYC_VALID_DAYS)
        identity = _kyc_hash(investor, session)
        if (was, investor.kyc_hash, investor.kyc_valid_until) == (target, identity, until):
            return
        investor.verify(kyc_hash=identity, valid_until=until)
    elif target == was:
        return
    elif target == KycStatus.REJECTED:
        investor.reject()
    else:
        investor.reopen()
    kind = f"investor.{ {'VERIFIED': 'verified', 'REJECTED': 'rejected', 'PENDING': 'reopened'}[target] }"
    history.save(investor, by=by, reason=kind)
    AuditEvent.record(kind, subject=investor, by=by, at=at, reason=reason)
    if was == KycStatus.VERIFIED and target != KycStatus.VERIFIED:
        _ask_removal(investor, by=by, at=at)


def _ask_removal(investor: Investor, *, by: User, at: datetime) -> None:
    try:
        call = operations.disallow_call(investor)
        operations.ask(call, investor=investor, by=by, at=at)
    except (operations.AllowlistUnchanged, OperationUnderWay):
        return  # nothing to take away, or it is being taken away
    AuditEvent.record("investor.disallow_asked", subject=investor, by=by, at=at, reason="KYC")


def _kyc_hash(investor: Investor, session: KycSession) -> str:
    details = personal.unseal(investor)
    facts = {
        **{name: str(getattr(details, name)) for name in personal.FIELDS},
        "jurisdiction_code": investor.jurisdiction_code,
        "provider": session.provider,
        "applicant_id": session.applicant_id,
        "level": session.level,
    }
    return calculations.kyc_hash(base64.b64decode(settings.BLIND_INDEX_KEY), facts)


def _close(delivery: WebhookDelivery, outcome: Outcome, note: str, at: datetime) -> None:
    delivery.outcome, delivery.note, delivery.processed_at = outcome, note, at
    delivery.save(update_fields=["outcome", "note", "processed_at"])
