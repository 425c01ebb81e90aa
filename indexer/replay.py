"""
Builds every projected table again from the event log, and compares.

- The same projections run over the same confirmed logs and write into shadows (replaying.py, shadow.py).
- `examine` changes nothing: it is one read-only snapshot, which the database enforces. The indexer goes on.
- Statuses are never rebuilt: predicates check them, at the point of the log up to which reactions have run.
- `repair` holds the cursor while it puts right what differs, so the indexer cannot write in between; from a
  log that is not whole it repairs nothing.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from django.conf import settings
from django.db import OperationalError, connection
from django.db.models import Count, Max, Q
from psycopg.errors import LockNotAvailable

from indexer import breaks, confirming, registry, shadow
from indexer.findings import Finding, Kind
from indexer.models import Block, Cursor, EventLog, ReactionFailure
from indexer.replaying import Bounds, Progress, Replaying, Report, findings_of
from indexer.shadow import Difference
from rwa_portal.core.actions import action
from rwa_portal.core.errors import DomainError
from rwa_portal.core.models import User

REPLAY = "replay"


class NothingConfirmed(DomainError):
    """The indexer has confirmed no block yet."""


class BlockNotConfirmed(DomainError):
    """That block is not confirmed yet."""


class ConfirmedBlockOffChain(DomainError):
    """The last confirmed block is off the chain; resolve the deep reorg first."""


class IndexerIsWriting(DomainError):
    """The indexer is writing at this moment; ask again."""


class RepairIncomplete(Exception):
    """A table is not equal to its shadow after the repair, which is taken back. A programming error."""


class EventLogNotWhole(DomainError):
    """The event log itself is damaged, so nothing is repaired from it: restore it first."""


@action
def examine(*, as_of: int | None = None, progress: Progress | None = None) -> Report:
    """
    Compare tables and statuses with what the confirmed events say; `as_of` an earlier block, tables alone.

    :raises NothingConfirmed, BlockNotConfirmed:
    """
    _take_snapshot()
    cursor = _position()
    if as_of is not None and as_of > (cursor.confirmed_number or 0):
        raise BlockNotConfirmed
    shadow.open_all()
    _allow_no_writes()
    if as_of is not None:
        return _examine_past(Bounds(as_of, cursor.last_seq), progress)
    bounds = Bounds(cursor.confirmed_number or 0, cursor.last_seq)
    replaying = Replaying(bounds, progress)
    try:
        replaying.run(bounds.logs.filter(_reacted(cursor)))
        replaying.report.statuses = _statuses()
        replaying.run(bounds.logs.exclude(_reacted(cursor)))
    except confirming.ProjectionFailed as failure:
        replaying.report.failure = str(failure)
        return replaying.report
    return _compared(replaying, cursor)


@action
def repair(*, by: User, at: datetime, reason: str, progress: Progress | None = None) -> Report:
    """
    Make the projected tables what the events say; each difference is kept as a Break, opened and resolved.

    :raises NothingConfirmed, ConfirmedBlockOffChain, IndexerIsWriting, EventLogNotWhole:
    """
    cursor = _position()
    bounds = Bounds(cursor.confirmed_number or 0, cursor.last_seq)
    shadow.open_all()
    replaying = Replaying(bounds, progress)
    try:
        replaying.run(bounds.logs)
        # Only now, so that the indexer waits for the last blocks alone.
        cursor = _lock_cursor()
        if not Block.objects.filter(pk=cursor.confirmed_hash, is_canonical=True).exists():
            raise ConfirmedBlockOffChain
        grown = Bounds(cursor.confirmed_number or 0, cursor.last_seq)
        done = Q(block_number__lte=bounds.block_number, seq__lte=bounds.last_seq)
        replaying.run(grown.logs.exclude(done))
    except confirming.ProjectionFailed as failure:
        raise EventLogNotWhole(f"{failure}. {EventLogNotWhole.__doc__}") from failure
    replaying.report.block_number = grown.block_number
    report = _compared(replaying, cursor)
    if not report.is_log_whole:
        raise EventLogNotWhole
    _swap_in(report, by=by, at=at, reason=reason)
    return report


@action
def read_again(findings: Sequence[Finding], *, block: Block) -> list[str | None]:
    """Read each finding's value once more where the rows rebuilt up to a block stand in for ours."""
    _take_snapshot()
    cursor = _position()
    shadow.open_all()
    _allow_no_writes()
    bounds = Bounds(block.number, cursor.last_seq)
    try:
        Replaying(bounds, None).run(bounds.logs)
    except confirming.ProjectionFailed:
        return [None] * len(findings)
    return [None if each.reread is None else str(each.reread()) for each in findings]


def _take_snapshot() -> None:
    with connection.cursor() as sql:
        sql.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")


def _allow_no_writes() -> None:
    with connection.cursor() as sql:
        sql.execute("SET TRANSACTION READ ONLY")  # temporary tables excepted


def _position() -> Cursor:
    cursor = Cursor.objects.filter(pk=settings.CHAIN.chain_id).first()
    if cursor is None or cursor.confirmed_number is None:
        raise NothingConfirmed
    return cursor


def _lock_cursor() -> Cursor:
    with connection.cursor() as sql:
        sql.execute("SET LOCAL lock_timeout = '2s'")
    try:
        return Cursor.objects.select_for_update().get(pk=settings.CHAIN.chain_id)
    except OperationalError as error:
        if isinstance(error.__cause__, LockNotAvailable):
            raise IndexerIsWriting from None
        raise


def _reacted(cursor: Cursor) -> Q:
    return Q(block_number__lt=cursor.reacted_number) | Q(
        block_number=cursor.reacted_number, log_index__lte=cursor.reacted_index
    )


def _statuses() -> dict[str, list[Finding]]:
    waiting = ReactionFailure.objects.exclude(status=ReactionFailure.Status.DONE)
    parked = set(waiting.values_list("event__tx_hash", flat=True))

    def judged(finding: Finding) -> Finding:
        is_parked = finding.evidence.get("tx") in parked
        return replace(finding, kind=Kind.INDEXER_LAG) if is_parked else finding

    return {
        name: [judged(finding) for finding in predicate()]
        for name, predicate in registry.predicates().items()
    }


def _examine_past(bounds: Bounds, progress: Progress | None) -> Report:
    replaying = Replaying(bounds, progress)
    replaying.run(bounds.logs)
    report = replaying.report
    report.expected_digest = replaying.digest.hex()
    report.tables = [
        shadow.compare(table, as_of=bounds.block_number) for table in registry.projected_tables()
    ]
    return report


def _compared(replaying: Replaying, cursor: Cursor) -> Report:
    report = replaying.report
    report.tables = [shadow.compare(table) for table in registry.projected_tables()]
    report.expected_digest, report.found_digest = replaying.digest.hex(), bytes(cursor.digest).hex()
    if gap := _gap(cursor):
        report.log_faults.append(gap)
        report.log_faults_in_all += 1
    return report


def _gap(cursor: Cursor) -> Difference | None:
    """Find the first number of seq that no log has."""
    logs = EventLog.objects.filter(chain_id=cursor.chain_id, seq__lte=cursor.last_seq)
    standing = logs.aggregate(count=Count("pk"), last=Max("seq"))
    if (standing["count"], standing["last"] or 0) == (cursor.last_seq, cursor.last_seq):
        return None
    table = EventLog._meta.db_table
    with connection.cursor() as sql:
        sql.execute(
            "SELECT min(place) FROM"
            f" (SELECT seq, row_number() OVER (ORDER BY seq) AS place FROM {table}) each WHERE seq <> place"
        )
        missing = sql.fetchone()[0] or standing["count"] + 1
    return Difference(table, {"seq": str(missing)}, "", "a row", "no row", None)


def _swap_in(report: Report, *, by: User, at: datetime, reason: str) -> None:
    differing = {comparison.table for comparison in report.tables if not comparison.is_equal}
    tables = [table for table in registry.projected_tables() if table._meta.db_table in differing]
    for table in tables:
        report.repaired[table._meta.db_table] = shadow.swap_in(table)
    if any(not shadow.compare(table).is_equal for table in tables):
        raise RepairIncomplete
    found = breaks.see(REPLAY, findings_of(report), block_number=report.block_number, at=at)
    breaks.settle(REPLAY, found, by=by, at=at, reason=reason)
