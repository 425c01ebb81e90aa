"""
Handing an operation to the custodian.

- claim -> recheck -> call -> record: claim and record are short transactions, the call has none.
- The external id is committed by the claim. Without an answer the row stays SUBMITTING.
- A call without an answer is looked up before it is sent again, and is sent again only after two "not
  found" answers an interval apart, with the same id, after a fresh recheck, and never while an Incident
  halts sending.
"""

import uuid
from datetime import datetime, timedelta

from django.db.models import Exists, F, OuterRef, Q
from django_fsm import can_proceed

from contracts.custody import Progress, Standing
from contracts.models import FAILED, Attempt, ChainOperation, State
from contracts.operations import changed_facts, current_call, end, has_consent, lock, save
from contracts.registry import harmless_kinds
from indexer.models import Incident
from indexer.queries import sending_halted
from rwa_portal.core.actions import action
from rwa_portal.core.errors import DomainError

SILENT_AFTER = timedelta(seconds=90)  # longer than a task may live (60 s)
LOOK_UP_EVERY = timedelta(seconds=30)  # longer than a custodian's list lags behind
OUT_OF_ITS_HANDS = (State.MINED, State.CONFIRMED, *FAILED)
ASKED_AGAIN_AFTER = (timedelta(seconds=2), timedelta(minutes=1))  # at least and at most; a tenth of its age
SENT_FOR = timedelta(seconds=10)  # what is not mined by then may have been replaced


class ApprovalsMissing(DomainError):
    """The facts have changed; the approvals given so far do not count."""


def recheck(operation: ChainOperation) -> None:
    """
    Make sure, just before it is sent, that the call is still right and still approved.

    :raises ApprovalsMissing: if the facts have changed since; the message names them
    :raises DomainError: if a fact no longer holds
    """
    call = current_call(operation)
    if not has_consent(operation, call.digest):
        raise ApprovalsMissing(changed_facts(operation, call) or None)


@action
def claim(*, at: datetime) -> Attempt | None:
    """Take the next operation. Its external id is committed here, before anyone is called."""
    waiting = ChainOperation.objects.claimable(at=at).order_by("requested_at", "id")
    if sending_halted():
        waiting = waiting.filter(kind__in=harmless_kinds())
    operation = waiting.select_for_update(of=("self",), skip_locked=True).first()
    if operation is None:
        return None
    operation.claim()
    save(operation, at=at)
    return Attempt.objects.get_or_create(
        operation=operation, number=1, defaults={"external_id": uuid.uuid5(operation.pk, "1")}
    )[0]


@action
def ask_again(*, operation_id: uuid.UUID, reason: str, at: datetime) -> None:
    """Wait for new approvals."""
    operation = lock(operation_id)
    operation.ask_again()
    save(operation, at=at, note=reason)


@action
def cancel(*, operation_id: uuid.UUID, reason: str, at: datetime) -> None:
    """End an operation that nobody was asked to send."""
    operation = lock(operation_id)
    operation.cancel(reason)
    end(operation, reason=reason, at=at)


@action
def record_rejected(*, operation_id: uuid.UUID, reason: str, at: datetime) -> None:
    operation = lock(operation_id)
    if can_proceed(operation.record_rejected):
        operation.record_rejected(reason)
        end(operation, reason=reason, at=at)


def apply_standing(*, attempt_id: int, standing: Standing, at: datetime) -> ChainOperation:
    """
    Record what the custodian says of a request, in the caller's transaction.

    News older than what we know changes nothing. One that ended here but lives there is an Incident.
    """
    attempt, operation = lock_attempt(attempt_id)
    if _is_older(attempt, standing):
        return operation
    _take_over(attempt, standing, at)
    if standing.progress == Progress.UNKNOWN_WORD:
        Incident.open(
            "CUSTODY_STATUS_UNKNOWN",
            f"{operation.wallet.vendor} uses a status the portal does not know: {standing.status[:64]}. "
            f"{operation.kind} {operation.pk} stays {operation.state}.",
            subject=f"{operation.wallet.vendor}:{standing.status[:64]}",
            halts_sending=False,
            at=at,
        )
    if operation.state in FAILED and standing.progress in (Progress.IN_CUSTODY, Progress.BROADCAST):
        Incident.open(
            "OPERATION_ALIVE",
            f"{operation.kind} {operation.pk} ended {operation.state} here; its custodian goes on with it.",
            subject=str(operation.pk),
            halts_sending=True,
            at=at,
        )
    _move(operation, standing, at)
    return operation


record_standing = action(apply_standing)


def _is_older(attempt: Attempt, standing: Standing) -> bool:
    """Whether two answers have overtaken each other."""
    return attempt.vendor_at is not None and standing.at is not None and standing.at < attempt.vendor_at


def _take_over(attempt: Attempt, standing: Standing, at: datetime) -> None:
    attempt.vendor_id, attempt.looked_up_at = standing.vendor_id, at
    attempt.vendor_at = standing.at or attempt.vendor_at
    named = standing.tx_hash
    others = Attempt.objects.filter(operation=attempt.operation_id, tx_hash=named).exclude(pk=attempt.pk)
    if named and named != attempt.tx_hash and not others.exists():
        if attempt.tx_hash:  # the custodian has replaced it; whichever is mined counts
            attempt.replaced_hashes = [*attempt.replaced_hashes, attempt.tx_hash]
        attempt.tx_hash = named
    attempt.save(update_fields=["vendor_id", "vendor_at", "tx_hash", "replaced_hashes", "looked_up_at"])


def _move(operation: ChainOperation, standing: Standing, at: datetime) -> None:
    before = (operation.state, operation.vendor_status, operation.tx_hash)
    goes_back = operation.state == State.BROADCAST and standing.progress == Progress.IN_CUSTODY
    if operation.state not in (State.CONFIRMED, State.MINED, *FAILED) and not goes_back:
        operation.vendor_status = standing.status[:64]
    signed = standing.tx_hash or operation.tx_hash  # "no" after it was signed: the chain may still say yes
    if standing.progress == Progress.REJECTED and signed and operation.state not in OUT_OF_ITS_HANDS:
        if can_proceed(operation.ask_a_person):
            operation.ask_a_person(standing.reason or standing.status)
            save(operation, at=at, note=operation.failure)
        return
    if standing.progress == Progress.REJECTED and can_proceed(operation.record_rejected):
        reason = standing.reason or standing.status
        operation.record_rejected(reason)
        end(operation, reason=reason, at=at)
        return
    if standing.progress == Progress.BROADCAST and standing.tx_hash:
        if operation.state == State.BROADCAST:
            operation.tx_hash = standing.tx_hash  # replaced by one with a higher fee
        elif operation.state != State.MINED and can_proceed(operation.record_broadcast):
            operation.record_broadcast(standing.tx_hash)
    elif standing.progress == Progress.IN_CUSTODY and can_proceed(operation.record_accepted):
        operation.record_accepted()
    if (operation.state, operation.vendor_status, operation.tx_hash) != before:
        save(operation, at=at, note=standing.status)


@action
def ask_a_person(*, operation_id: uuid.UUID, reason: str, at: datetime) -> None:
    operation = lock(operation_id)
    if can_proceed(operation.ask_a_person):
        operation.ask_a_person(reason)
        save(operation, at=at, note=reason)


@action
def unanswered(*, at: datetime) -> list[Attempt]:
    """List the attempts to look up, after marking those whose worker has been silent for too long."""
    silent = ChainOperation.objects.filter(state=State.SUBMITTING, state_at__lte=at - SILENT_AFTER)
    for operation in silent.select_for_update(of=("self",), skip_locked=True):
        operation.record_silence()
        save(operation, at=at)
    due = Attempt.objects.filter(operation__state=State.SUBMIT_UNKNOWN, is_void=False)
    due = due.select_related("operation__wallet").order_by("id")
    return [attempt for attempt in due if _is_due(attempt, at)]


def held(*, at: datetime, limit: int) -> list[Attempt]:
    """List the requests to ask custodians about: what they hold, and what they sent that no block has."""
    voids = Attempt.objects.filter(operation=OuterRef("operation"), is_void=True)
    late = Q(operation__state=State.BROADCAST, operation__state_at__lte=at - SENT_FOR) & ~Exists(voids)
    waiting = Attempt.objects.filter(late | Q(operation__state=State.CUSTODY), is_void=False)
    waiting = waiting.select_related("operation__wallet").order_by(
        F("looked_up_at").asc(nulls_first=True), "id"
    )
    return [attempt for attempt in waiting[:limit] if _is_to_be_asked(attempt, at)]


def _is_to_be_asked(attempt: Attempt, at: datetime) -> bool:
    least, most = ASKED_AGAIN_AFTER
    pause = min(max((at - attempt.operation.state_at) / 10, least), most)
    return attempt.looked_up_at is None or at - attempt.looked_up_at >= pause


@action
def record_not_found(*, attempt_id: int, at: datetime) -> bool:
    """Count a look-up that found nothing; True, once, when the call may be sent again."""
    attempt, operation = lock_attempt(attempt_id)
    if operation.state != State.SUBMIT_UNKNOWN or not _is_due(attempt, at):
        return False  # another sweeper was here
    attempt.looked_up_at = at
    attempt.not_found_count += 1
    may_send = not sending_halted() or operation.kind in harmless_kinds()
    again = attempt.not_found_count >= 2 and may_send
    if again:
        attempt.not_found_count = 0
        operation.claim()
        save(operation, at=at, note="not found twice")
    attempt.save(update_fields=["not_found_count", "looked_up_at"])
    return again


def lock_attempt(attempt_id: int) -> tuple[Attempt, ChainOperation]:
    """Lock the attempt's operation, then read the attempt."""
    operation_id = Attempt.objects.values_list("operation_id", flat=True).get(pk=attempt_id)
    operation = lock(operation_id)
    return Attempt.objects.get(pk=attempt_id), operation


def _is_due(attempt: Attempt, at: datetime) -> bool:
    return attempt.looked_up_at is None or at - attempt.looked_up_at >= LOOK_UP_EVERY
