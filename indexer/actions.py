from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings

from indexer import checks, reacting
from indexer.models import Block, BooksCheck, Break, Cursor, Incident, ReactionFailure
from rwa_portal.core import approvals
from rwa_portal.core.actions import action
from rwa_portal.core.errors import DomainError
from rwa_portal.core.models import AuditEvent, User


class IncidentAlreadyClosed(DomainError):
    """The incident is closed already."""


class ConfirmedBlockOffChain(DomainError):
    """The last confirmed block is still off the chain; closing the incident would not mend that."""


class ReactionStillFails(DomainError):
    """The event still has no effect: its reaction raised again, or an earlier event of its subject waits."""


class BreakAlreadyExplained(DomainError):
    """The break is explained or resolved already."""


class BreakAlreadyResolved(DomainError):
    """The break is resolved already."""


class NothingToRepair(DomainError):
    """Only a replay that has found differences can be followed by a repair."""


@action
def explain_break(*, break_id: UUID, by: User, at: datetime, reason: str) -> Break:
    """
    Say why a difference is there. It stands until no check finds it any more.

    :raises BreakAlreadyExplained:
    """
    row = Break.objects.select_for_update(of=("self",)).get(pk=break_id)
    if row.state != Break.State.OPEN:
        raise BreakAlreadyExplained
    row.explain(explanation=reason, by=by, at=at)
    row.save()
    AuditEvent.record("break.explained", subject=row, by=by, at=at, reason=reason)
    return row


@action
def resolve_break(*, break_id: UUID, by: User, at: datetime, reason: str) -> Break:
    """
    Settle a difference. If the next check still finds it, it comes back as a new break.

    :raises BreakAlreadyResolved:
    """
    row = Break.objects.select_for_update(of=("self",)).get(pk=break_id)
    if row.state == Break.State.RESOLVED:
        raise BreakAlreadyResolved
    row.resolve(by=by, at=at)
    row.save()
    AuditEvent.record("break.resolved", subject=row, by=by, at=at, reason=reason)
    return row


def repair_books(*, check_id: UUID, by: User, at: datetime, reason: str) -> BooksCheck:
    """
    Have the tables restored that a replay has found to differ from the event log.

    :raises NothingToRepair:
    """
    check = BooksCheck.objects.get(pk=check_id)
    if check.kind != BooksCheck.Kind.REPLAY or not check.differences:
        raise NothingToRepair
    return checks.ask_for_check(kind=BooksCheck.Kind.REPAIR, by=by, at=at, reason=reason)


@action
def close_incident(*, incident_id: UUID, by: User, at: datetime, reason: str) -> Incident:
    """
    Close an incident, or ask for it: where another person must agree, the first one only asks.

    :raises IncidentAlreadyClosed:
    :raises ConfirmedBlockOffChain: while what a deep reorg took back is not restored
    :raises RequesterCannotApprove, AlreadyApproved: see core.approvals
    """
    incident = Incident.objects.select_for_update(of=("self",)).get(pk=incident_id)
    if incident.closed_at is not None:
        raise IncidentAlreadyClosed
    if incident.kind == Incident.Kind.DEEP_REORG and not _is_confirmed_on_chain():
        raise ConfirmedBlockOffChain

    is_agreed = _agree(incident, by=by, at=at)
    if is_agreed:
        incident.closed_at, incident.closed_by = at, by
    incident.save()
    kind = "incident.closed" if is_agreed else "incident.close_requested"
    AuditEvent.record(kind, subject=incident, by=by, at=at, reason=reason)
    return incident


def retry_reaction(*, event_id: UUID, by: User, at: datetime, reason: str) -> None:
    """
    Let a parked event take effect now. Two transactions: the reaction's own, then who asked for it and why.

    :raises ReactionStillFails: if it raised again, or waits behind an earlier event
    """
    took_effect = reacting.retry_one(parked_id=event_id, at=at)
    _record_retry(event_id=event_id, by=by, at=at, reason=reason)
    if not took_effect:
        raise ReactionStillFails


@action
def judge_position(*, older_than: timedelta, at: datetime) -> None:
    """Open an incident when the chain's head was not read for too long; close it when it is read again."""
    cursor = Cursor.objects.filter(chain_id=settings.CHAIN.chain_id).first()
    open_ones = Incident.objects.filter(kind=Incident.Kind.INDEXER_BEHIND, closed_at=None)
    if cursor is not None and at - cursor.polled_at < older_than:
        open_ones.update(closed_at=at, closed_by=User.service("clock"))
        return
    Incident.open(
        Incident.Kind.INDEXER_BEHIND,
        f"The chain's head has not been read for {older_than.seconds} s. Statuses and balances stand still; "
        "see whether the node answers and run_indexer runs.",
        halts_sending=False,
        at=at,
    )


@action
def _record_retry(*, event_id: UUID, by: User, at: datetime, reason: str) -> None:
    parked = ReactionFailure.objects.get(pk=event_id)
    AuditEvent.record("reaction.retried", subject=parked, by=by, at=at, reason=reason)


def _agree(incident: Incident, *, by: User, at: datetime) -> bool:
    needed = approvals.needed("indexer.close_incident")
    if needed == 0:
        return True
    digest = approvals.digest_of({"close": str(incident.pk)})
    if incident.close_requested_by is None:
        incident.close_requested_by = by
        return False
    requested_by = incident.close_requested_by
    approvals.approve(subject=incident.pk, digest=digest, requested_by=requested_by, by=by, at=at)
    return approvals.given(subject=incident.pk, digest=digest, requested_by=requested_by) >= needed


def _is_confirmed_on_chain() -> bool:
    cursor = Cursor.objects.get(chain_id=settings.CHAIN.chain_id)
    return Block.objects.filter(pk=cursor.confirmed_hash, is_canonical=True).exists()
