"""What a replay or a reconciliation has found, as text for a terminal and as JSON."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from indexer.findings import Finding
from indexer.reconciling import Outcome
from indexer.replaying import Report
from indexer.shadow import Comparison, Difference

Json = dict[str, Any]


def replay_as_text(report: Report) -> Iterator[str]:
    yield f"{report.logs:,} events replayed up to block {report.block_number:,}."
    if report.failure:
        yield f"They cannot be replayed: {report.failure}"
        return
    yield from _table(
        [("table", "events say", "stored", "differ", "digest of what the events say")]
        + [_row_of(table, report.repaired) for table in report.tables]
    )
    if report.found_digest is not None:
        verdict = "equal" if report.found_digest == report.expected_digest else "DIFFERS"
        yield f"event log  {report.expected_digest[:16]}…  {verdict} to the digest kept when it was confirmed"
    yield from (_line(each) for each in report.log_faults)
    yield from (_line(each) for table in report.tables for each in table.differences)
    if report.statuses:
        yield f"{len(report.statuses)} checks of statuses against events:"
        for name, findings in report.statuses.items():
            yield f"  {name}: {len(findings) or 'none'} wrong"
            yield from (f"    {finding_line(finding)}" for finding in findings[:5])
    if report.is_clean:
        yield "All equal."


def verdict(report: Report) -> str:
    """Name the first difference in one line; it is the last one a failing command prints."""
    if report.failure:
        return f"The events cannot be replayed: {report.failure}"
    differences = [*report.log_faults, *(each for table in report.tables for each in table.differences)]
    if differences:
        return f"Not equal. First: {_line(differences[0])}"
    if not report.is_log_whole:
        return "Not equal: the event log's digest is not the one kept when its events were confirmed."
    findings = [finding for each in report.statuses.values() for finding in each]
    return f"Not equal. First: {finding_line(findings[0])}"


def replay_as_json(report: Report) -> Json:
    return {
        "is_equal": report.is_clean,
        "block_number": report.block_number,
        "events": report.logs,
        "failure": report.failure,
        "log": {
            "digest": report.expected_digest,
            "kept_digest": report.found_digest,
            "faults": report.log_faults_in_all,
            "first_faults": [asdict(each) for each in report.log_faults],
        },
        "tables": [
            {**asdict(table), "is_equal": table.is_equal, "repaired": report.repaired.get(table.table, 0)}
            for table in report.tables
        ],
        "statuses": {name: findings_as_json(findings) for name, findings in report.statuses.items()},
    }


def findings_as_json(findings: Sequence[Finding]) -> list[Json]:
    return [
        {
            "class": str(each.kind),
            "subject": each.subject,
            "expected": each.expected,
            "found": each.found,
            "evidence": dict(each.evidence),
            "next_step": each.next_step,
        }
        for each in findings
    ]


def finding_line(finding: Finding) -> str:
    return f"{finding.kind} {finding.subject}: expected {finding.expected}, found {finding.found}"


def _line(difference: Difference) -> str:
    key = " ".join(f"{name}={value}" for name, value in difference.key.items())
    column = f" {difference.column}:" if difference.column else ":"
    text = f"{difference.table} {key}{column} expected {difference.expected}, found {difference.found}"
    return f"{text}; {_event(difference.event)}"


def _event(event: Mapping[str, str] | None) -> str:
    if event is None:
        return "no event accounts for it"
    off_chain = (
        " (off the chain: a reorg took its block back)" if event.get("on_chain", "yes") != "yes" else ""
    )
    return f"event {event['name']} in block {event['block']}, transaction {event['tx']}{off_chain}"


def _row_of(table: Comparison, repaired: Mapping[str, int]) -> tuple[str, ...]:
    stored = "-" if table.found_rows is None else f"{table.found_rows:,}"
    differ = f"{table.differing:,}" if table.differing else ("-" if table.found_rows is None else "equal")
    if count := repaired.get(table.table):
        differ += f", {count:,} repaired"
    return table.table, f"{table.expected_rows:,}", stored, differ, f"{table.expected_digest[:16]}…"


def _table(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def outcome_as_text(outcome: Outcome) -> Iterator[str]:
    yield f"Compared with the chain at the end of block {outcome.block.number:,} ({outcome.block.hash})."
    rows = [("what", "differences")]
    rows += [(name, str(len(found) or "none")) for name, found in outcome.findings.items()]
    yield from _table(rows)
    for finding in outcome.all:
        yield finding_line(finding)
        if finding.next_step:
            yield f"    {finding.next_step}"
    if not outcome.all:
        yield "All equal."


def outcome_as_json(outcome: Outcome) -> Json:
    return {
        "is_equal": not outcome.all,
        "block_number": outcome.block.number,
        "block_hash": outcome.block.hash,
        "findings": {name: findings_as_json(found) for name, found in outcome.findings.items()},
    }
