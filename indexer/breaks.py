"""
Keeps what the checks of the books find.

- The same difference found twice is one Break, seen again; its subject names it.
- A Break that no check finds any more is resolved by the check that no longer finds it, with an audit row.
- A Break that a person resolved while the difference is still there comes back as a new one.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from indexer.findings import Finding
from indexer.models import Break
from rwa_portal.core.actions import action, require_transaction
from rwa_portal.core.models import AuditEvent, User

_WATCHED = ("kind", "expected", "found")


@action
def record(check: str, findings: Sequence[Finding], *, block_number: int, at: datetime) -> list[Break]:
    """Keep what a whole run of a check has found; what it no longer finds has gone."""
    breaks = see(check, findings, block_number=block_number, at=at)
    gone = Break.objects.standing().filter(seen_by__contains=[check]).exclude(pk__in=[b.pk for b in breaks])
    _leave(check, gone.values_list("subject", flat=True), by=User.service("clock"), at=at)
    return breaks


def see(check: str, findings: Iterable[Finding], *, block_number: int, at: datetime) -> list[Break]:
    """Open a Break for each finding, or note that one was seen again; in the caller's transaction."""
    require_transaction()
    by_subject = {finding.subject: finding for finding in findings}
    return [_see(check, finding, block_number, at) for _, finding in sorted(by_subject.items())]


def settle(check: str, breaks: Sequence[Break], *, by: User, at: datetime, reason: str) -> None:
    """A repair has put the differences right which the check saw; in the caller's transaction."""
    require_transaction()
    for each in breaks:
        AuditEvent.record("break.repaired", subject=each, by=by, at=at, reason=reason)
    _leave(check, [each.subject for each in breaks], by=by, at=at)


def _see(check: str, finding: Finding, block_number: int, at: datetime) -> Break:
    known = Break.objects.select_for_update(of=("self",)).standing().filter(subject=finding.subject).first()
    row = known or Break(subject=finding.subject, opened_at=at, times_seen=0)
    before = {name: getattr(row, name) for name in _WATCHED}
    row.kind, row.expected, row.found = finding.kind, finding.expected, finding.found
    row.summary = finding.summary or f"{finding.expected} expected, {finding.found} found: {finding.subject}."
    row.evidence, row.next_step = dict(finding.evidence), finding.next_step
    row.block_number, row.last_seen_at = block_number, at
    row.times_seen += 1
    row.seen_by = sorted({*row.seen_by, check})
    row.save()
    if known is None:
        AuditEvent.record("break.opened", subject=row, by=User.service("clock"), at=at)
    elif before != {name: getattr(row, name) for name in _WATCHED}:
        AuditEvent.record("break.changed", subject=row, by=User.service("clock"), at=at)
    return row


def _leave(check: str, subjects: Iterable[str], *, by: User, at: datetime) -> None:
    rows = Break.objects.select_for_update(of=("self",)).standing().filter(subject__in=list(subjects))
    for row in rows.order_by("subject"):
        row.seen_by = [name for name in row.seen_by if name != check]
        if not row.seen_by:
            row.resolve(by=by, at=at)
            AuditEvent.record("break.resolved", subject=row, by=by, at=at)
        row.save()
