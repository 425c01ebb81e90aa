"""
Talking with the identity provider, between actions: no transaction is open while it answers.

- Who starts is told by our row first; the provider's refusal or silence leaves a session to go on with.
- A notice only makes us ask. What was read before something newer was applied is read again.
"""

import base64
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from django.conf import settings

from investors import actions
from investors.actions.kyc import ApplicantNotOpened, ReadingOutdated
from investors.kyc import KycProvider, Notice, NoticeUnreadable
from investors.kyc.registry import chosen, provider
from investors.models import Investor, KycSession, Outcome, WebhookDelivery
from investors.queries import session_of
from rwa_portal.core.models import PersonKey, User

Clock = Callable[[], datetime]
READ_AT_MOST = 3
RETURN_PATH = "/investor/identity"


def begin(*, investor: Investor, by: User, at: datetime) -> str:
    """
    Open or continue the investor's identity check; return the provider's page for the person.

    :raises InvestorAlreadyVerified:
    :raises ProviderUnavailable, ProviderRefused: see investors.kyc
    """
    vendor = chosen()
    session = actions.open_session(
        investor_id=investor.pk, provider=vendor.name, level=vendor.required_level(), by=by, at=at
    )
    return link(session=session, by=by, at=at)


def link(*, session: KycSession, by: User, at: datetime) -> str:
    """
    Make sure that the provider knows the person, and return its page for the next half hour.

    :raises ProviderUnavailable, ProviderRefused: see investors.kyc
    """
    vendor = provider(session.provider)
    external_id = str(session.pk)
    if not session.applicant_id:
        applicant_id = vendor.open_applicant(external_id=external_id, level=session.level)
        actions.record_applicant(session_id=session.pk, applicant_id=applicant_id, by=by, at=at)
    return_url = f"{settings.PORTAL_URL}{RETURN_PATH}"
    return vendor.hosted_link(external_id=external_id, level=session.level, return_url=return_url)


def read_again(*, session_id: UUID, by: User, at: datetime, reason: str) -> KycSession:
    """
    Ask the provider for its verdict now, without a notice, and take it over.

    :raises ApplicantNotOpened:
    :raises ReadingOutdated: a notice was faster
    :raises ProviderUnavailable, ProviderRefused: see investors.kyc
    """
    session = KycSession.objects.get(pk=session_id)
    if not session.applicant_id:
        raise ApplicantNotOpened
    reading = provider(session.provider).read(applicant_id=session.applicant_id)
    return actions.apply_verdict(
        session_id=session_id, reading=reading, read_at=at, by=by, at=at, reason=reason
    )


def work_off(*, delivery_id: UUID, by: User, clock: Clock) -> Outcome:
    """
    Do what a journalled notice asks for: set it aside, or ask the provider and take the answer over.

    :raises ProviderUnavailable, ProviderRefused: the notice waits for the next sweep
    """
    delivery = WebhookDelivery.objects.get(pk=delivery_id)
    if delivery.outcome != Outcome.RECEIVED:
        return Outcome(delivery.outcome)
    vendor = provider(delivery.provider)
    notice = _notice(vendor, delivery)
    session = delivery.session
    if session is None and notice is not None:  # unknown when it came in; perhaps not any more
        session = session_of(delivery.provider, notice)
    aside = _why_aside(session, notice)
    if aside is not None or notice is None or session is None:
        outcome, note = aside or (Outcome.QUARANTINED, "UNREADABLE")
        done = actions.set_notice_aside(
            delivery_id=delivery_id, outcome=outcome, note=note, by=by, at=clock()
        )
        return Outcome(done.outcome)
    _read_and_apply(vendor, session, delivery, notice, by, clock)
    delivery.refresh_from_db(fields=["outcome"])
    return Outcome(delivery.outcome)


def _read_and_apply(
    vendor: KycProvider,
    session: KycSession,
    delivery: WebhookDelivery,
    notice: Notice,
    by: User,
    clock: Clock,
) -> None:
    for tried in range(1, READ_AT_MOST + 1):
        read_at = clock()
        reading = vendor.read(applicant_id=notice.applicant_id)
        try:
            actions.apply_verdict(
                session_id=session.pk,
                reading=reading,
                read_at=read_at,
                by=by,
                at=clock(),
                delivery_id=delivery.pk,
                notice=notice,
            )
            return
        except ReadingOutdated:
            if tried == READ_AT_MOST:
                raise


def _notice(vendor: KycProvider, delivery: WebhookDelivery) -> Notice | None:
    body = base64.b64decode(PersonKey.unseal(delivery.person_id, bytes(delivery.body)))
    try:
        return vendor.parse(body=body)
    except NoticeUnreadable:
        return None


def _why_aside(session: KycSession | None, notice: Notice | None) -> tuple[Outcome, str] | None:
    if notice is None:
        return Outcome.QUARANTINED, "UNREADABLE"
    if notice.is_test:
        return Outcome.IGNORED, "TEST"
    if notice.is_sandbox and settings.PORTAL_ENV == "mainnet":
        return Outcome.QUARANTINED, "SANDBOX_MODE"
    if session is None:
        return Outcome.QUARANTINED, "UNKNOWN_APPLICANT"
    if not notice.reads:
        return Outcome.IGNORED, "EVENT_TYPE"
    return None
