"""
The book of calls to the chain.

- A call is decided by a row, in the transaction of the decision; nothing is sent there.
- claim -> recheck -> call -> record: claim and record are short transactions, the call has none.
- A call without an answer is looked up before it is sent again, and is sent again only with the same id.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from contracts.models import Attempt, ChainOperation, CustodyWallet, OperationEvent, State
from contracts.registry import hooks
from indexer.queries import sending_halted
from rwa_portal.core import approvals as consent
from rwa_portal.core.actions import action, require_transaction
from rwa_portal.core.errors import DomainError
from rwa_portal.core.models import Audited, User

SILENT_AFTER = timedelta(seconds=90)  # longer than a task may live (60 s)
LOOK_UP_EVERY = timedelta(seconds=30)  # longer than a custodian's list lags behind


class ApprovalsMissing(DomainError):
    """The facts have changed; the approvals given so far do not count."""


@dataclass(frozen=True)
class Call:
    """A contract call and the facts it was decided on."""

    kind: str
    to: str
    calldata: bytes
    facts: Mapping[str, str]

    @property
    def digest(self) -> str:
        return consent.digest_of(
            {**self.facts, "kind": self.kind, "to": self.to, "calldata": self.calldata.hex()}
        )


def enqueue(
    call: Call,
    *,
    key: str,
    subject: Audited,
    wallet: CustodyWallet,
    by: User,
    at: datetime,
    after: ChainOperation | None = None,
) -> ChainOperation:
    """Ask for a call by a custody wallet, in the caller's transaction. A second living one with this key is refused."""
    require_transaction()
    operation = ChainOperation(
        key=key,
        kind=call.kind,
        subject=subject.pk,
        person_id=subject.person_id,
        to=call.to,
        calldata=call.calldata,
        wallet=wallet,
        digest=call.digest,
        requested_by=by,
        requested_at=at,
        after=after,
    )
    if consent.needed(call.kind) == 0:
        operation.queue()
    _save(operation, at)
    return operation


def lock(operation_id: uuid.UUID) -> ChainOperation:
    return ChainOperation.objects.select_for_update(of=("self",)).get(pk=operation_id)


def current_digest(operation: ChainOperation) -> str:
    """
    Read again what the operation rests on.

    :raises DomainError: if it no longer holds
    """
    facts = hooks(operation.kind).recheck(operation)
    return Call(operation.kind, operation.to, bytes(operation.calldata), facts).digest


def approvals(operation: ChainOperation) -> str:
    """m/n, as people see it."""
    return f"{_given(operation, operation.digest)}/{consent.needed(operation.kind)}"


def recheck(operation: ChainOperation) -> None:
    """
    Make sure, just before it is sent, that the call is still right and still approved.

    :raises ApprovalsMissing: if the facts have changed since
    :raises DomainError: if a fact no longer holds
    """
    if not _has_consent(operation, current_digest(operation)):
        raise ApprovalsMissing


def queue_if_approved(operation: ChainOperation, *, digest: str, at: datetime) -> None:
    operation.digest = digest
    if _has_consent(operation, digest):
        operation.queue()
    _save(operation, at)


@action
def claim(*, at: datetime) -> Attempt | None:
    """Take the next operation. Its external id is committed here, before anyone is called."""
    if sending_halted():
        return None
    waiting = ChainOperation.objects.claimable().order_by("requested_at", "id")
    operation = waiting.select_for_update(of=("self",), skip_locked=True).first()
    if operation is None:
        return None
    operation.claim()
    _save(operation, at)
    return Attempt.objects.get_or_create(
        operation=operation, number=1, defaults={"external_id": uuid.uuid5(operation.pk, "1")}
    )[0]


@action
def ask_again(*, operation_id: uuid.UUID, at: datetime) -> None:
    """Wait for new approvals."""
    operation = lock(operation_id)
    operation.ask_again()
    _save(operation, at, note="facts changed")


@action
def record_accepted(*, attempt_id: int, vendor_id: str, at: datetime) -> None:
    attempt, operation = _lock_attempt(attempt_id)
    if attempt.vendor_id:
        return  # the sweeper found it first
    attempt.vendor_id = vendor_id
    attempt.save(update_fields=["vendor_id"])
    operation.record_accepted()
    _save(operation, at)


@action
def record_rejected(*, operation_id: uuid.UUID, reason: str, at: datetime) -> None:
    operation = lock(operation_id)
    operation.record_rejected()
    _fail(operation, reason, at)


@action
def cancel(*, operation_id: uuid.UUID, reason: str, at: datetime) -> None:
    operation = lock(operation_id)
    operation.cancel()
    _fail(operation, reason, at)


@action
def ask_a_person(*, operation_id: uuid.UUID, reason: str, at: datetime) -> None:
    operation = lock(operation_id)
    operation.ask_a_person()
    _save(operation, at, note=reason)


@action
def unanswered(*, at: datetime) -> list[Attempt]:
    """List the attempts to look up, after marking those whose worker has been silent for too long."""
    silent = ChainOperation.objects.filter(state=State.SUBMITTING, state_at__lte=at - SILENT_AFTER)
    for operation in silent.select_for_update(of=("self",), skip_locked=True):
        operation.record_silence()
        _save(operation, at)
    due = Attempt.objects.filter(operation__state=State.SUBMIT_UNKNOWN)
    return [attempt for attempt in due.order_by("id") if _is_due(attempt, at)]


@action
def record_not_found(*, attempt_id: int, at: datetime) -> bool:
    """Count a look-up that found nothing; True, once, when the call may be sent again."""
    attempt, operation = _lock_attempt(attempt_id)
    if operation.state != State.SUBMIT_UNKNOWN or not _is_due(attempt, at):
        return False  # another sweeper was here
    attempt.looked_up_at = at
    attempt.not_found_count += 1
    again = attempt.not_found_count >= 2 and not sending_halted()
    if again:
        attempt.not_found_count = 0
        operation.claim()
        _save(operation, at, note="not found twice")
    attempt.save(update_fields=["not_found_count", "looked_up_at"])
    return again


def _given(operation: ChainOperation, digest: str) -> int:
    return consent.given(subject=operation.pk, digest=digest, requested_by=operation.requested_by)


def _has_consent(operation: ChainOperation, digest: str) -> bool:
    return _given(operation, digest) >= consent.needed(operation.kind)


def _is_due(attempt: Attempt, at: datetime) -> bool:
    return attempt.looked_up_at is None or at - attempt.looked_up_at >= LOOK_UP_EVERY


def _lock_attempt(attempt_id: int) -> tuple[Attempt, ChainOperation]:
    attempt = Attempt.objects.get(pk=attempt_id)
    operation = lock(attempt.operation_id)
    attempt.refresh_from_db()
    return attempt, operation


def _save(operation: ChainOperation, at: datetime, note: str = "") -> None:
    operation.state_at = at
    operation.save()
    OperationEvent.objects.create(operation=operation, state=operation.state, at=at, note=note)


def _fail(operation: ChainOperation, reason: str, at: datetime) -> None:
    _save(operation, at, note=reason)
    hooks(operation.kind).on_failed(operation, reason)
    for dependent in operation.dependents.select_for_update(of=("self",)).order_by("id"):
        dependent.cancel()
        _fail(dependent, f"after {operation.key}", at)
