"""A row that people decide about is what its last decision left: its history, which only grows, says so."""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db import connection, models
from simple_history.models import registered_models

from indexer.findings import Finding, Kind

SHOWN = 20  # of each table
NEXT_STEP = (
    "Compare the row with its history in the admin; only an action may change it, and each leaves a trace."
)


def rows_as_in_history() -> Iterator[Finding]:
    """Find rows changed, put in or taken out by other means than an action."""
    for model in apps.get_models():
        if model._meta.db_table in registered_models and hasattr(model, "history"):
            yield from _altered(model)
            yield from _taken_out(model)


def _altered(model: Any) -> Iterator[Finding]:
    key, columns = model._meta.pk.column, _columns(model)
    ours, last = (", ".join(f"{alias}.{column}" for column in columns) for alias in "fh")
    query = (
        f"SELECT f.{key}, h.{key} IS NULL, {ours}, {last} FROM {model._meta.db_table} f"
        f" LEFT JOIN LATERAL (SELECT * FROM {_history(model)} h WHERE h.{key} = f.{key}"
        f" ORDER BY history_id DESC LIMIT 1) h ON true"
        f" WHERE h.{key} IS NULL OR ({ours}) IS DISTINCT FROM ({last}) ORDER BY f.{key} LIMIT {SHOWN}"
    )
    for row_id, has_no_history, *values in _rows(query):
        if has_no_history:
            yield _finding(model, row_id, "", "no row", "a row")
            continue
        found, expected = values[: len(columns)], values[len(columns) :]
        place = next(n for n in range(len(columns)) if found[n] != expected[n])
        column = columns[place]
        # Other columns may be about a person; what they hold is no report's business.
        is_open = column in getattr(model, "audited_fields", ())
        texts = (
            (str(expected[place]), str(found[place])) if is_open else ("as in its history", "another value")
        )
        yield _finding(model, row_id, column, *texts)


def _taken_out(model: Any) -> Iterator[Finding]:
    key = model._meta.pk.column
    query = (
        f"SELECT h.{key} FROM (SELECT DISTINCT ON ({key}) * FROM {_history(model)}"
        f" ORDER BY {key}, history_id DESC) h"
        f" WHERE h.history_type <> '-' AND NOT EXISTS"
        f" (SELECT FROM {model._meta.db_table} f WHERE f.{key} = h.{key}) ORDER BY 1 LIMIT {SHOWN}"
    )
    for (row_id,) in _rows(query):
        yield _finding(model, row_id, "", "a row", "no row")


def _finding(model: Any, row_id: object, column: str, expected: str, found: str) -> Finding:
    table = model._meta.db_table
    evidence = {"table": table, "id": str(row_id), "column": column}
    return Finding(Kind.TAMPERED_ROW, f"{table}:{row_id}:{column}", expected, found, evidence, NEXT_STEP)


def _columns(model: Any) -> list[str]:
    kept = {field.name for field in model.history.model._meta.concrete_fields}
    fields = [field for field in model._meta.concrete_fields if field.name in kept and not field.primary_key]
    return [str(field.column) for field in fields if not isinstance(field, models.FileField)]


def _history(model: Any) -> str:
    return str(model.history.model._meta.db_table)


def _rows(query: str) -> list[Any]:
    with connection.cursor() as sql:
        sql.execute(query)
        return list(sql.fetchall())
