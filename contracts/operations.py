"""
The book of calls to the chain: asking for one, consenting to it, ending it.

- A call is decided by a row, in the transaction of the decision; nothing is sent there (see submission).
- At most one living operation a key; one that failed may be asked for again.
- Lock order: an existing operation first, then its subject's rows.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import IntegrityError, transaction

from contracts.models import FAILED, ChainOperation, CustodyWallet, OperationEvent
from contracts.registry import hooks
from rwa_portal.core import approvals as consent
from rwa_portal.core.actions import require_transaction
from rwa_portal.core.errors import DomainError
from rwa_portal.core.models import Audited, User
from rwa_portal.core.pokes import poke

log = structlog.get_logger(__name__)


class OperationUnderWay(DomainError):
    """This was already asked for and is under way or done."""


class PrecedingOperationFailed(DomainError):
    """The operation that must come first has failed."""


@dataclass(frozen=True)
class Call:
    """A contract call and the facts it was decided on."""

    kind: str
    to: str
    calldata: bytes
    facts: Mapping[str, str]

    @property
    def digest(self) -> str:
        # The facts stand apart, so that none can pass for the call's own fields.
        facts = {f"fact:{name}": value for name, value in self.facts.items()}
        return consent.digest_of({**facts, "kind": self.kind, "to": self.to, "calldata": self.calldata.hex()})


def enqueue(
    call: Call,
    *,
    key: str,
    subject: Audited,
    wallet: CustodyWallet,
    by: User,
    at: datetime,
    after: ChainOperation | None = None,
    wait: timedelta = timedelta(),
) -> ChainOperation:
    """
    Ask for a call by a custody wallet, in the caller's transaction. It is sent after the commit.

    With `after`, only when that one is confirmed and `wait` has passed since.

    :raises OperationUnderWay: if a living operation has this key
    :raises PrecedingOperationFailed: if `after` can no longer be confirmed
    """
    require_transaction()
    hooks(call.kind)  # a kind without hooks could never be rechecked, nor its failure undone
    if after is not None and lock(after.pk).state in FAILED:
        raise PrecedingOperationFailed
    operation = ChainOperation(
        chain_id=settings.CHAIN.chain_id,
        key=key,
        kind=call.kind,
        subject=subject.pk,
        person_id=subject.person_id,
        to=call.to,
        calldata=call.calldata,
        wallet=wallet,
        facts=dict(call.facts),
        digest=call.digest,
        requested_by=by,
        requested_at=at,
        after=after,
        wait=wait,
    )
    if consent.needed(call.kind) == 0:
        operation.queue()
    try:
        with transaction.atomic():
            save(operation, at=at)
    except IntegrityError as error:
        if "operation_one_living_per_key" in str(error):
            raise OperationUnderWay from None
        raise
    poke("contracts.tasks.submit_operations")
    return operation


def lock(operation_id: uuid.UUID) -> ChainOperation:
    return ChainOperation.objects.select_for_update(of=("self",)).get(pk=operation_id)


def current_call(operation: ChainOperation) -> Call:
    """
    Read again what the operation rests on.

    :raises DomainError: if it no longer holds
    """
    facts = hooks(operation.kind).recheck(operation)
    return Call(operation.kind, operation.to, bytes(operation.calldata), facts)


def current_digest(operation: ChainOperation) -> str:
    """
    :raises DomainError: if a fact no longer holds
    """
    return current_call(operation).digest


def approvals(operation: ChainOperation) -> str:
    """m/n, as people see it."""
    given = getattr(operation, "consents_given", None)  # with_consents has counted it for a list
    if given is None:
        given = _given(operation, operation.digest)
    return f"{given}/{consent.needed(operation.kind)}"


def has_consent(operation: ChainOperation, digest: str) -> bool:
    return _given(operation, digest) >= consent.needed(operation.kind)


def queue_if_approved(operation: ChainOperation, *, call: Call, at: datetime) -> None:
    """Queue it once enough other people have consented to exactly this call on exactly these facts."""
    changed = changed_facts(operation, call)
    operation.facts, operation.digest = dict(call.facts), call.digest
    if has_consent(operation, call.digest):
        operation.queue()
        poke("contracts.tasks.submit_operations")
    save(operation, at=at, note="; ".join(filter(None, [changed, f"approved {approvals(operation)}"])))


def changed_facts(operation: ChainOperation, call: Call) -> str:
    """Name the facts that differ from those last consented to; empty when none does."""
    names = {*operation.facts, *call.facts}
    changed = [name for name in sorted(names) if operation.facts.get(name) != call.facts.get(name)]
    return f"facts changed: {', '.join(changed)}" if changed else ""


def save(operation: ChainOperation, *, at: datetime, note: str = "") -> None:
    """Store it and add what it has reached to its trail."""
    operation.state_at = at
    operation.save()
    OperationEvent.objects.create(operation=operation, state=operation.state, at=at, note=note[:256])
    log.info("operation.moved", operation=str(operation.pk), kind=operation.kind, state=operation.state)


def end(operation: ChainOperation, *, reason: str, at: datetime) -> None:
    """Store a failed operation, undo what rested on it, and cancel whatever waits for it."""
    save(operation, at=at, note=reason)
    hooks(operation.kind).on_failed(operation, reason)
    for dependent in operation.dependents.select_for_update(of=("self",)).order_by("id"):
        if dependent.state not in FAILED:
            reason = f"{operation.key} failed"
            dependent.cancel(reason)
            end(dependent, reason=reason, at=at)


def _given(operation: ChainOperation, digest: str) -> int:
    return consent.given(subject=operation.pk, digest=digest, requested_by=operation.requested_by)
