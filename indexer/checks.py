"""
Runs the checks of the books, by the clock or because somebody asked, and keeps what came of each.

- A check is asked for as a row, and whoever takes it up marks it: a lost or doubled message is harmless.
- Reconciliations and replays change nothing but Breaks; a repair also restores the tables that differ.
"""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import UUID

from indexer import breaks, reconciling, replay, reports
from indexer.models import BooksCheck
from indexer.reconciling import Outcome
from indexer.replaying import Report, findings_of
from indexer.rpc import RpcError
from rwa_portal.core import pokes
from rwa_portal.core.actions import action
from rwa_portal.core.errors import DomainError
from rwa_portal.core.models import AuditEvent, User

T = TypeVar("T")


@action
def ask_for_check(*, kind: str, by: User, at: datetime, reason: str) -> BooksCheck:
    """Have the books checked, or repaired, as soon as a worker is free. Its row then says what came of it."""
    check = BooksCheck.objects.create(kind=kind, asked_by=by, asked_at=at, reason=reason)
    AuditEvent.record(f"books.{kind.lower()}_asked_for", subject=check, by=by, at=at, reason=reason)
    pokes.poke("indexer.tasks.run_checks")
    return check


def reconcile(*, by: User, at: datetime) -> Outcome:
    """
    Compare with the chain now and keep each difference as a Break.

    :raises DomainError: see indexer.reconciling
    :raises indexer.rpc.RpcError: the node did not answer
    """
    check = _start(kind=BooksCheck.Kind.RECONCILE, by=by, at=at)
    return _watched(check, at, lambda: _reconcile(check, at))


def run(*, check_id: UUID, at: datetime) -> None:
    """
    Do what was asked for, unless somebody else already does.

    :raises DomainError: see indexer.reconciling and indexer.replay
    :raises indexer.rpc.RpcError: the node did not answer
    """
    check = _take_up(check_id=check_id, at=at)
    if check is None:
        return
    work: Callable[[BooksCheck, datetime], object] = {
        BooksCheck.Kind.RECONCILE.value: _reconcile,
        BooksCheck.Kind.REPLAY.value: _replay,
        BooksCheck.Kind.REPAIR.value: _repair,
    }[check.kind]
    _watched(check, at, lambda: work(check, at))


@action
def _start(*, kind: str, by: User, at: datetime) -> BooksCheck:
    return BooksCheck.objects.create(kind=kind, asked_by=by, asked_at=at, started_at=at)


@action
def _take_up(*, check_id: UUID, at: datetime) -> BooksCheck | None:
    waiting = BooksCheck.objects.select_for_update(of=("self",), skip_locked=True).waiting()
    check = waiting.filter(pk=check_id).first()
    if check is not None:
        check.started_at = at
        check.save()
    return check


def _watched(check: BooksCheck, at: datetime, work: Callable[[], T]) -> T:
    began = time.monotonic()
    try:
        result = work()
    except (DomainError, RpcError) as error:
        check.failure = str(error)[:255]
        raise
    finally:
        _finish(check, at=at + timedelta(seconds=time.monotonic() - began))
    return result


@action
def _finish(check: BooksCheck, *, at: datetime) -> None:
    check.finished_at = at
    check.save()


def _reconcile(check: BooksCheck, at: datetime) -> Outcome:
    outcome = reconciling.compare()
    reconciling.record(outcome, at=at)
    check.block_number, check.differences = outcome.block.number, len(outcome.all)
    check.report = reports.outcome_as_json(outcome)
    return outcome


def _replay(check: BooksCheck, at: datetime) -> Report:
    report = replay.examine()
    findings = findings_of(report)
    breaks.record(replay.REPLAY, findings, block_number=report.block_number, at=at)
    check.block_number, check.differences = report.block_number, len(findings)
    check.report = reports.replay_as_json(report)
    return report


def _repair(check: BooksCheck, at: datetime) -> Report:
    report = replay.repair(by=check.asked_by, at=at, reason=check.reason)
    check.block_number, check.differences = report.block_number, sum(report.repaired.values())
    check.report = reports.replay_as_json(report)
    return report
