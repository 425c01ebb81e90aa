"""
One run over the event log, into the shadows, and what it comes to.

- Each event is read anew from its log's raw bytes; what is stored beside them must say the same.
- Memory is bounded by the batch, whatever the log's length.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import islice

from django.conf import settings

from indexer import confirming, registry
from indexer.decode import Unreadable
from indexer.findings import Finding, Kind
from indexer.models import EventLog
from indexer.models.chain import EventLogQuerySet, log_id
from indexer.registry import Event
from indexer.shadow import Comparison, Difference

LOGS_AT_ONCE = 5000
LOG_FAULTS_SHOWN = 5
NEXT_STEP = (
    "Find out who altered the row (PostgreSQL's log, the audit trail), then restore it: "
    "manage.py replay_events --apply, or Repair on the page of a replay."
)

Progress = Callable[[int, int], object]  # logs done, logs in all


@dataclass
class Report:
    """What a replay has found. Equal means: the tables, the log, its digest, and every status."""

    block_number: int
    logs: int = 0
    expected_digest: str = ""
    found_digest: str | None = None  # None: as of a past block, of which no digest is kept
    tables: list[Comparison] = field(default_factory=list)
    log_faults: list[Difference] = field(default_factory=list)
    log_faults_in_all: int = 0
    statuses: dict[str, list[Finding]] = field(default_factory=dict)
    repaired: dict[str, int] = field(default_factory=dict)  # rows, by table
    failure: str = ""  # why the events could not be replayed at all

    @property
    def is_log_whole(self) -> bool:
        return not self.log_faults and not self.failure and self.found_digest in (None, self.expected_digest)

    @property
    def is_clean(self) -> bool:
        return (
            self.is_log_whole
            and all(table.is_equal for table in self.tables)
            and not any(self.statuses.values())
        )


@dataclass(frozen=True)
class Bounds:
    """Which logs count: canonical, up to a block, and stored by then."""

    block_number: int
    last_seq: int

    @property
    def logs(self) -> EventLogQuerySet:
        confirmed = EventLog.objects.confirmed_at(self.block_number)
        return confirmed.filter(chain_id=settings.CHAIN.chain_id, seq__lte=self.last_seq)


class Replaying:
    """One run over the log, in as many parts as its caller needs."""

    def __init__(self, bounds: Bounds, progress: Progress | None) -> None:
        self.report = Report(bounds.block_number)
        self.digest = bytes(32)
        self._progress = progress or (lambda done, total: None)
        self._total = bounds.logs.count() if progress else 0

    def run(self, logs: EventLogQuerySet) -> None:
        ordered = logs.select_related("block").order_by("block_number", "log_index")
        for batch in _batches(ordered.iterator(chunk_size=LOGS_AT_ONCE)):
            confirming.project([self._read(log) for log in batch if log.event_name])
            self.digest = confirming.add_to_digest(self.digest, batch)
            self.report.logs += len(batch)
            self._progress(self.report.logs, self._total)

    def _read(self, log: EventLog) -> Event:
        """Take the event from the log's raw bytes; what is stored beside them must say the same."""
        event = confirming.event_of(log)
        if log.id != log_id(log.chain_id, log.block_id, log.log_index):
            self._blame(log, "id", str(log_id(log.chain_id, log.block_id, log.log_index)), str(log.id))
        raw = bytes(log.topics)
        topics = [raw[start : start + 32] for start in range(0, len(raw), 32)]
        decoder = registry.decoder_of(log.abi, "0x" + raw[:32].hex())
        if decoder is None:
            return event  # an interface that is no longer registered: what was read then must do
        try:
            payload = decoder.read(topics, bytes(log.data))
        except Unreadable as error:
            self._blame(log, "data", f"a {log.full_name}", str(error))
            return event
        if (decoder.name, payload) != (log.event_name, log.decoded_payload) and (
            decoder.version == log.abi_version
        ):
            self._blame(
                log, "decoded_payload", f"{decoder.name} {payload}", f"{log.event_name} {event.payload}"
            )
        return replace(event, payload=payload)

    def _blame(self, log: EventLog, column: str, expected: str, found: str) -> None:
        self.report.log_faults_in_all += 1
        if len(self.report.log_faults) < LOG_FAULTS_SHOWN:
            table, key = EventLog._meta.db_table, {"id": str(log.pk)}
            event = {"name": log.full_name, "block": str(log.block_number), "tx": log.tx_hash}
            self.report.log_faults.append(Difference(table, key, column, expected, found, event))


def _batches(logs: Iterator[EventLog]) -> Iterator[list[EventLog]]:
    while batch := list(islice(logs, LOGS_AT_ONCE)):
        yield batch


def findings_of(report: Report) -> list[Finding]:
    """Say a report's differences as findings: for each table its first rows, and how many more there are."""
    differences = [each for table in report.tables for each in table.differences]
    found = [_finding(each) for each in [*differences, *report.log_faults]]
    found += [
        Finding(
            Kind.TAMPERED_ROW,
            f"{table.table}:more",
            f"{table.expected_rows} rows",
            f"{table.differing} rows differ",
            next_step=NEXT_STEP,
        )
        for table in report.tables
        if table.differing > len(table.differences)
    ]
    if report.found_digest not in (None, report.expected_digest):
        found.append(_digest_finding(report))
    if report.failure:
        found.append(Finding(Kind.TAMPERED_ROW, "log:replay", "can be replayed", report.failure))
    return found + [finding for each in report.statuses.values() for finding in each]


def _finding(difference: Difference) -> Finding:
    event = difference.event
    is_off_chain = event is not None and event.get("on_chain", "yes") != "yes"
    evidence = {
        "table": difference.table,
        "key": dict(difference.key),
        "column": difference.column,
        "event": event,
    }
    kind = Kind.REORGED_OUT if is_off_chain else Kind.TAMPERED_ROW
    return Finding(kind, difference.subject, difference.expected, difference.found, evidence, NEXT_STEP)


def _digest_finding(report: Report) -> Finding:
    return Finding(
        Kind.TAMPERED_ROW,
        "log:digest",
        str(report.found_digest),
        report.expected_digest,
        next_step="The event log is not the one that was projected: compare it with the chain, or a backup.",
    )
