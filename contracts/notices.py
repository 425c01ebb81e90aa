"""
Custodians' notices: kept as they came in, once; each only makes us ask where its request stands.

A notice older than what we know of a request changes nothing.
"""

import uuid
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from contracts import submission
from contracts.custody import Notice, Standing
from contracts.models import Attempt, CustodyNotice
from rwa_portal.core.actions import action
from rwa_portal.core.models import Outcome
from rwa_portal.core.pokes import poke

OLDEST = timedelta(hours=24)  # a vendor that could not reach us gives up after some nine hours


@action
def journal(
    *, provider: str, body: bytes, notice: Notice | None, dedupe_key: str, at: datetime
) -> CustodyNotice:
    """Keep a verified notice as it came in, once, and wake the worker. Nothing else is decided here."""
    key = notice.dedupe_key if notice else dedupe_key
    known = CustodyNotice.objects.filter(provider=provider, dedupe_key=key).first()
    if known is not None:
        return known
    row = CustodyNotice(
        provider=provider,
        dedupe_key=key,
        event_type=notice.event_type if notice else "",
        vendor_at=notice.vendor_at if notice else None,
        vendor_id=notice.vendor_id if notice else "",
        external_id=notice.external_id if notice else "",
        body=body,
        received_at=at,
    )
    if notice is None:
        row.outcome, row.note, row.processed_at = Outcome.QUARANTINED, "UNREADABLE", at
    elif not notice.reads:
        row.outcome, row.note, row.processed_at = Outcome.IGNORED, "EVENT_TYPE", at
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:  # its twin was faster by a moment
        return CustodyNotice.objects.get(provider=provider, dedupe_key=key)
    if row.outcome == Outcome.RECEIVED:
        poke("contracts.tasks.work_off_custody_notice", str(row.pk))
    return row


def attempt_of(notice: CustodyNotice) -> Attempt | None:
    """Find the request it is about: by our id, or by the custodian's; only among its own wallets."""
    if notice.attempt is not None:
        return notice.attempt
    own = Attempt.objects.filter(operation__wallet__vendor=notice.provider)
    own = own.select_related("operation__wallet")
    ours = _uuid(notice.external_id)
    found = own.filter(external_id=ours).first() if ours else None
    if found is None and notice.vendor_id:
        found = own.filter(vendor_id=notice.vendor_id).first()
    return found


def why_aside(notice: CustodyNotice, attempt: Attempt | None) -> tuple[Outcome, str] | None:
    """Say why a notice is not worked off, if it is not."""
    if notice.outcome != Outcome.RECEIVED:
        return Outcome(notice.outcome), notice.note
    if attempt is None:
        return Outcome.QUARANTINED, "UNKNOWN_REQUEST"
    if notice.vendor_at is not None and notice.received_at - notice.vendor_at > OLDEST:
        return Outcome.STALE, "TOO_OLD"
    if (
        attempt.vendor_at is not None
        and notice.vendor_at is not None
        and notice.vendor_at < attempt.vendor_at
    ):
        return Outcome.STALE, "OLDER_THAN_STATE"
    if notice.vendor_id and attempt.vendor_id and notice.vendor_id != attempt.vendor_id:
        return Outcome.QUARANTINED, "ANOTHER_REQUEST"
    return None


@action
def set_aside(*, notice_id: uuid.UUID, outcome: Outcome, note: str, at: datetime) -> None:
    """Close a notice that changes nothing, with the reason as a code."""
    notice = CustodyNotice.objects.select_for_update(of=("self",)).get(pk=notice_id)
    if notice.outcome == Outcome.RECEIVED:
        _close(notice, outcome, note, at)


@action
def apply(*, notice_id: uuid.UUID, attempt_id: int, standing: Standing | None, at: datetime) -> None:
    """Take over what the custodian answered when it was asked because of a notice."""
    submission.lock_attempt(attempt_id)
    notice = CustodyNotice.objects.select_for_update(of=("self",)).get(pk=notice_id)
    if notice.outcome != Outcome.RECEIVED:
        return
    notice.attempt_id = attempt_id
    if standing is None:
        _close(notice, Outcome.QUARANTINED, "NOT_KNOWN_TO_VENDOR", at)
        return
    submission.apply_standing(attempt_id=attempt_id, standing=standing, at=at)
    _close(notice, Outcome.APPLIED, standing.status, at)


def _close(notice: CustodyNotice, outcome: Outcome, note: str, at: datetime) -> None:
    notice.outcome, notice.note, notice.processed_at = outcome, note[:64], at
    notice.save(update_fields=["attempt", "outcome", "note", "processed_at"])


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
