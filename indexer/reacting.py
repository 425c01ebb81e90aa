"""
Lets confirmed events move life cycles.

- One event, one short transaction, in chain order, with one offset for all: an event takes effect and the
  offset passes it, or neither.
- A reaction that raises parks its event; later events of its subject wait behind it, all others go on.
- Parked events are tried again in order, by the clock or by a person.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.db.models import Q

from indexer import leases, registry
from indexer.confirming import event_of
from indexer.leases import Lease
from indexer.models import Block, Cursor, EventLog, Incident, ReactionFailure
from indexer.registry import Event
from rwa_portal.core.actions import action
from rwa_portal.core.models import User

END_OF_BLOCK = 2**31 - 1
WAITING = Q(status__in=["FAILED", "BEHIND", "LATE"])


def react(lease: Lease, *, at: datetime) -> int:
    """
    Let every confirmed event that waits take effect. Return how many were taken up.

    :raises LeaseLost: if another process writes now
    """
    count = 0
    while (log := next_log()) is not None:
        _take_up(lease, log, at)
        count += 1
    _pass_the_rest(lease)
    return count


def retry(*, at: datetime) -> int:
    """Try the parked events again, each subject from its first event on. Return how many took effect."""
    count = 0
    waiting = ReactionFailure.objects.filter(WAITING)
    for subject in waiting.order_by("subject").values_list("subject", flat=True).distinct():
        for parked in waiting.filter(subject=subject).order_by("block_number", "log_index"):
            if not retry_one(parked_id=parked.pk, at=at):
                break
            count += 1
    return count


def retry_one(*, parked_id: UUID, at: datetime) -> bool:
    """Try one parked event again, if it is the first of its subject."""
    try:
        return _retry(parked_id=parked_id, at=at)
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:  # the reaction is another app's; what it raised is kept with the event
        _note_failure(parked_id=parked_id, error=error, at=at)
        return False


def line_up(event: Event, status: str, **values: Any) -> None:
    """Park an event."""
    ReactionFailure.objects.create(
        event_id=event.id,
        block_number=event.block_number,
        log_index=event.log_index,
        subject=registry.subject_of(event),
        status=status,
        **values,
    )


def _take_up(lease: Lease, log: EventLog, at: datetime) -> None:
    event = event_of(log)
    try:
        _let_take_effect(lease, event, at=at)
    except (OperationalError, InterfaceError, leases.LeaseLost):
        raise  # a lock or the database: the event waits, nothing is wrong with it
    except Exception as error:  # the reaction is another app's: whatever it raises must not stop the others
        _park(lease, event, error=error, at=at)


@action
def _let_take_effect(lease: Lease, event: Event, *, at: datetime) -> None:
    cursor = leases.hold(lease)
    subject = registry.subject_of(event)
    if ReactionFailure.objects.filter(WAITING, subject=subject).exists():
        line_up(event, ReactionFailure.Status.BEHIND, parked_at=at)
    else:
        registry.run_reaction(event)
    _pass(cursor, event)


@action
def _park(lease: Lease, event: Event, *, error: Exception, at: datetime) -> None:
    cursor = leases.hold(lease)
    failed = {"error": describe(error), "attempts": 1, "tried_at": at}
    line_up(event, ReactionFailure.Status.FAILED, parked_at=at, **failed)
    Incident.open(
        Incident.Kind.REACTION_PARKED,
        f"{event.full_name} in transaction {event.tx_hash} did not take effect: {describe(error)}. "
        "Later events of the same subject wait behind it. It is tried again by itself.",
        halts_sending=False,
        subject=registry.subject_of(event),
        at=at,
    )
    _pass(cursor, event)


@action
def _retry(*, parked_id: UUID, at: datetime) -> bool:
    parked = ReactionFailure.objects.select_for_update(of=("self",)).filter(WAITING, pk=parked_id).first()
    if parked is None:
        return False
    before = ReactionFailure.objects.filter(WAITING, _before(parked), subject=parked.subject)
    log = EventLog.objects.canonical().select_related("block").filter(pk=parked.event_id).first()
    if before.exists() or log is None:
        return False
    registry.run_reaction(event_of(log))
    parked.status, parked.error, parked.tried_at = ReactionFailure.Status.DONE, "", at
    parked.attempts += 1
    parked.save()
    if not ReactionFailure.objects.filter(WAITING, subject=parked.subject).exists():
        _close_incident(parked.subject, at)
    return True


@action
def _note_failure(*, parked_id: UUID, error: Exception, at: datetime) -> None:
    parked = ReactionFailure.objects.select_for_update(of=("self",)).get(pk=parked_id)
    parked.status, parked.error, parked.tried_at = ReactionFailure.Status.FAILED, describe(error), at
    parked.attempts += 1
    parked.save()


def describe(error: Exception) -> str:
    """Name an error without its message: that may quote personal data."""
    where = error.__traceback__
    while where is not None and where.tb_next is not None:
        where = where.tb_next
    line = f" at {where.tb_frame.f_code.co_name}:{where.tb_lineno}" if where else ""
    return f"{type(error).__name__}{line}"[:160]


def _close_incident(subject: str, at: datetime) -> None:
    open_ones = Incident.objects.filter(kind=Incident.Kind.REACTION_PARKED, subject=subject, closed_at=None)
    open_ones.update(closed_at=at, closed_by=User.service("chain"))


def next_log() -> EventLog | None:
    """Return the first confirmed log that waits for its reaction."""
    cursor = Cursor.objects.get(chain_id=settings.CHAIN.chain_id)
    if not Block.objects.filter(pk=cursor.confirmed_hash, is_canonical=True).exists():
        return None
    heard = Q()
    for name in registry.reaction_names():
        abi, event_name = name.split(".")
        heard |= Q(abi=abi, event_name=event_name)
    logs = EventLog.objects.confirmed_at(cursor.confirmed_number or 0).filter(_after(cursor), heard)
    return logs.select_related("block").order_by("block_number", "log_index").first() if heard else None


def _after(cursor: Cursor) -> Q:
    return Q(block_number__gt=cursor.reacted_number) | Q(
        block_number=cursor.reacted_number, log_index__gt=cursor.reacted_index
    )


def _before(parked: ReactionFailure) -> Q:
    return Q(block_number__lt=parked.block_number) | Q(
        block_number=parked.block_number, log_index__lt=parked.log_index
    )


def _pass(cursor: Cursor, event: Event) -> None:
    cursor.reacted_number, cursor.reacted_index = event.block_number, event.log_index
    cursor.save(update_fields=["reacted_number", "reacted_index"])


@action
def _pass_the_rest(lease: Lease) -> None:
    """No confirmed event is left that anybody reacts to: the offset may follow the confirmed position."""
    cursor = leases.hold(lease)
    confirmed_number = cursor.confirmed_number or 0
    if next_log() is None and cursor.reacted_number < confirmed_number:
        cursor.reacted_number, cursor.reacted_index = confirmed_number, END_OF_BLOCK
        cursor.save(update_fields=["reacted_number", "reacted_index"])
