"""
Who did what to a row, when and why: its decisions from the audit trail, its changes from its history.

- Changes are written in plain words, old and new; sealed columns only say that they changed.
- A reason about a person is shown to those who may read the audit trail, others see that there is one.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice, pairwise
from typing import Any
from uuid import UUID

from django.db import models

from rwa_portal.core.admin.words import Words
from rwa_portal.core.models import AuditEvent, User

READS_REASONS = "core.view_auditevent"
ON_PAGE, AT_MOST = 5, 200
NOT_TOLD = {"id", "created_at", "updated_at"}


@dataclass
class Entry:
    """One line of a row's history."""

    at: datetime
    what: str
    who: str
    why: str = ""
    changes: list[tuple[str, str, str]] = field(default_factory=list)  # column, old, new


def of(row: models.Model, reader: Any, *, at_most: int = AT_MOST) -> list[Entry]:
    """Return the newest entries first."""
    events = _events(row, at_most)
    records = _records(row, at_most)
    words = Words(type(row))
    entries, told = [], set()
    reasons = defaultdict(list)
    for event in events:
        reasons[event.kind].append(event)
    for record, before in _with_the_one_before(records, at_most):
        same = reasons[record.history_change_reason or ""]
        decision = same.pop(0) if same else None
        if decision is not None:
            told.add(decision.pk)
        entries.append(_from_history(record, before, decision, words, reader))
    for event, before in _with_the_one_before(events, at_most):
        if event.pk not in told:
            entries.append(_from_event(event, before, words, reader))
    words.resolve()
    for entry in entries:
        entry.changes = [(name, str(old), str(new)) for name, old, new in entry.changes]
    return sorted(entries, key=lambda entry: entry.at, reverse=True)[:at_most]


def has_any_source(model: type[models.Model]) -> bool:
    """Whether anybody's decisions about such rows are kept."""
    return hasattr(model, "audited_fields") or hasattr(model._meta, "simple_history_manager_attribute")


def _events(row: models.Model, at_most: int) -> list[AuditEvent]:
    if not isinstance(row.pk, UUID):
        return []
    return list(AuditEvent.objects.filter(subject=row.pk).select_related("by").order_by("-id")[: at_most + 1])


def _records(row: models.Model, at_most: int) -> list[Any]:
    manager = getattr(row._meta, "simple_history_manager_attribute", None)
    if manager is None:
        return []
    kept = getattr(type(row), manager).filter(**{row._meta.pk.attname: row.pk})
    return list(kept.select_related("history_user").order_by("-history_date", "-history_id")[: at_most + 1])


def _from_history(record: Any, before: Any, event: AuditEvent | None, words: Words, reader: Any) -> Entry:
    changes = []
    for column in words.columns:
        old = None if before is None else getattr(before, column.attname)
        new = getattr(record, column.attname)
        if column.name in NOT_TOLD or _same(old, new) or (before is None and new in ("", [], {})):
            continue
        changes.append((words.title(column), words.value(column, old), words.value(column, new)))
    kind = record.history_change_reason or {"+": "made", "-": "deleted"}.get(record.history_type, "changed")
    by = event.by if event else record.history_user
    return Entry(record.history_date, words.kind(kind), _who(by), _why(event, reader), changes)


def _from_event(event: AuditEvent, before: AuditEvent | None, words: Words, reader: Any) -> Entry:
    known = before.facts if before else {}
    by_name = {name: column for column in words.columns for name in (column.name, column.attname)}
    changes = []
    for name, new in event.facts.items():
        old = known.get(name)
        if old == new or name in NOT_TOLD or (old is None and new in ("", "None")):
            continue
        column = by_name.get(name)
        if column is None:
            changes.append((words.name(name), old or "–", new))
        else:
            changes.append((words.title(column), words.text(column, old), words.text(column, new)))
    return Entry(event.at, words.kind(event.kind), _who(event.by), _why(event, reader), changes)


def _with_the_one_before(newest_first: Sequence[Any], at_most: int) -> Iterator[tuple[Any, Any]]:
    # One more than is shown has been read, so that the oldest shown is told as a change, too.
    return islice(pairwise([*newest_first, None]), at_most)


def _who(user: User | None) -> str:
    return user.label if user else "–"


def _why(event: AuditEvent | None, reader: Any) -> str:
    if event is None or not event.reason:
        return ""
    if event.person_id is not None and not reader.has_perm(READS_REASONS):
        return "(kept in the audit trail)"
    return event.reason_text


def _same(old: Any, new: Any) -> bool:
    if isinstance(old, bytes | memoryview) and isinstance(new, bytes | memoryview):
        return bytes(old) == bytes(new)
    return bool(old == new)
