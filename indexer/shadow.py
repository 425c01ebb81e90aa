"""
Projected tables built a second time, beside the living ones, and compared with them row by row.

- A shadow is a temporary table of the same name. PostgreSQL looks there first, so in this transaction alone
  every query of a projection reads and writes the shadow; the living table is public.<name>.
- It ends with the transaction, also when the process is killed. The runtime role needs TEMPORARY, no DDL.
- Rows are told apart by their key: the primary key, or the unique constraint where that is a mere counter.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, models

from indexer import registry
from indexer.models import EventLog
from rwa_portal.core.fields import AddressField

Table = type[models.Model]
SHOWN = 5  # differing rows a report names for each table
ROWS_A_GROUP = 4096  # a digest over groups of rows needs no more memory for more rows


class TableHasNoKey(Exception):
    """The rows of a projected table cannot be told apart without their counter. A programming error."""


@dataclass(frozen=True)
class Difference:
    """One column of one row that is not as the events say; the column is empty where a whole row is."""

    table: str
    key: Mapping[str, str]
    column: str
    expected: str
    found: str
    event: Mapping[str, str] | None  # the last confirmed event behind the row; None: there is none

    @property
    def subject(self) -> str:
        return f"{self.table}:" + ":".join(self.key.values())


@dataclass(frozen=True)
class Comparison:
    """What the events say of one table, and what it holds; no `found_digest`: it keeps no history of this."""

    table: str
    expected_rows: int
    expected_digest: str
    found_rows: int | None
    found_digest: str | None
    differing: int
    differences: Sequence[Difference]

    @property
    def is_equal(self) -> bool:
        return self.differing == 0 and self.found_digest in (None, self.expected_digest)


def open_all() -> None:
    """Begin with empty shadows of every projected table, until the transaction ends."""
    with connection.cursor() as sql:
        for table in registry.projected_tables():
            name = table._meta.db_table
            sql.execute(f"CREATE TEMPORARY TABLE {name} (LIKE public.{name} INCLUDING ALL) ON COMMIT DROP")


def compare(table: Table, *, as_of: int | None = None) -> Comparison:
    """
    Compare a shadow with its table; with `as_of`, only what a block leaves untouched later.

    A table that keeps no history (no block_number) cannot be compared as of a past block.
    """
    name = table._meta.db_table
    if as_of is not None and not _has_history(table):
        rows, digest = _digest(table, f"pg_temp.{name}")
        return Comparison(name, rows, digest, None, None, 0, ())
    living = f"public.{name}"
    if as_of is not None:
        living = f"(SELECT * FROM {living} WHERE block_number <= {as_of:d})"
    expected_rows, expected_digest = _digest(table, f"pg_temp.{name}")
    found_rows, found_digest = _digest(table, living)
    differing, differences = 0, list[Difference]()
    if expected_digest != found_digest:
        differing = _count(table, living)
        differences = list(_differences(table, living))
    return Comparison(
        name, expected_rows, expected_digest, found_rows, found_digest, differing, tuple(differences)
    )


def swap_in(table: Table) -> int:
    """Make the table equal to its shadow: what differs goes, what is missing comes. Return how many rows."""
    name, columns = table._meta.db_table, ", ".join(_columns(table))
    same_key = _all_equal(_key(table))
    same_row = f"{same_key} AND ({_row('e', table)}) IS NOT DISTINCT FROM ({_row('f', table)})"
    with connection.cursor() as sql:
        sql.execute(
            f"DELETE FROM public.{name} f WHERE NOT EXISTS (SELECT FROM pg_temp.{name} e WHERE {same_row})"
        )
        deleted = sql.rowcount
        sql.execute(
            f"INSERT INTO public.{name} ({columns}) SELECT {columns} FROM pg_temp.{name} e"
            f" WHERE NOT EXISTS (SELECT FROM public.{name} f WHERE {same_key})"
        )
        return max(deleted, sql.rowcount)


def _digest(table: Table, source: str) -> tuple[int, str]:
    key = ", ".join(f"t.{column}" for column in _key(table))
    with connection.cursor() as sql:
        sql.execute(
            f"""
            WITH hashed AS (
                SELECT row_number() OVER (ORDER BY {key}) AS place,
                    sha256(convert_to(ROW({_row("t", table)})::text, 'UTF8')) AS hash
                FROM {source} t
            ), grouped AS (
                SELECT place / %s AS number, count(*) AS count,
                    sha256(string_agg(hash, '' ORDER BY place)) AS hash
                FROM hashed GROUP BY 1
            )
            SELECT coalesce(sum(count), 0),
                encode(sha256(coalesce(string_agg(hash, '' ORDER BY number), '')), 'hex')
            FROM grouped
            """,
            [ROWS_A_GROUP],
        )
        count, digest = sql.fetchone()
    return int(count), digest


def _count(table: Table, living: str) -> int:
    with connection.cursor() as sql:
        sql.execute(f"SELECT count(*) {_unequal(table, living)}")
        return int(sql.fetchone()[0])


def _differences(table: Table, living: str) -> Iterator[Difference]:
    columns = _columns(table)
    chosen = ", ".join([f"e.{column}" for column in columns] + [f"f.{column}" for column in columns])
    order = ", ".join(f"coalesce(e.{column}, f.{column})" for column in _key(table))
    with connection.cursor() as sql:
        sql.execute(f"SELECT {chosen} {_unequal(table, living)} ORDER BY {order} LIMIT {SHOWN}")
        for row in sql.fetchall():
            yield _difference(table, row[: len(columns)], row[len(columns) :])


def _unequal(table: Table, living: str) -> str:
    first = _key(table)[0]
    return (
        f"FROM pg_temp.{table._meta.db_table} e FULL JOIN {living} f ON {_all_equal(_key(table))}"
        f" WHERE e.{first} IS NULL OR f.{first} IS NULL"
        f" OR ({_row('e', table)}) IS DISTINCT FROM ({_row('f', table)})"
    )


def _difference(table: Table, expected: Sequence[Any], found: Sequence[Any]) -> Difference:
    columns, key = _columns(table), _key(table)
    is_extra, is_missing = expected[0] is None, found[0] is None
    row = dict(zip(columns, found if is_extra else expected, strict=True))
    column = ""
    if not is_extra and not is_missing:
        pairs = zip(columns, expected, found, strict=True)
        column = next(name for name, should_be, is_ in pairs if should_be != is_)
    place = columns.index(column) if column else 0
    return Difference(
        table=table._meta.db_table,
        key={name: _shown(table, name, row[name]) for name in key},
        column=column,
        expected="no row" if is_extra else _shown(table, column, expected[place]) if column else "a row",
        found="no row" if is_missing else _shown(table, column, found[place]) if column else "a row",
        event=_event_behind(table, {name: _read(table, name, value) for name, value in row.items()}),
    )


def _event_behind(table: Table, row: Mapping[str, Any]) -> Mapping[str, str] | None:
    """Find the log a row comes from: by its id, or the last of its block that names all of its addresses."""
    logs = EventLog.objects.select_related("block")
    if isinstance(table._meta.pk, models.UUIDField):
        log = logs.filter(pk=row[_key(table)[0]]).first()
    else:
        columns = [name for name, field in _fields(table).items() if isinstance(field, AddressField)]
        named = [models.Value(row[name], output_field=AddressField()) for name in columns if row[name]]
        number = row.get("block_number", row.get("updated_block"))
        here = logs.canonical().filter(block_number=number, parties__contains=named)
        names = registry.events_behind(table)
        log = next((log for log in here.order_by("-log_index") if log.full_name in names), None)
    return None if log is None else name_event(log)


def name_event(log: EventLog) -> Mapping[str, str]:
    """Say which event a log is, for a report."""
    return {
        "name": log.full_name,
        "block": str(log.block_number),
        "tx": log.tx_hash,
        "log_index": str(log.log_index),
        "on_chain": "yes" if log.block.is_canonical else "no: a reorg took its block back",
    }


def _fields(table: Table) -> "dict[str, models.Field[Any, Any]]":
    """Every column but a mere counter."""
    fields = table._meta.concrete_fields
    return {str(field.column): field for field in fields if not isinstance(field, models.AutoField)}


def _key(table: Table) -> list[str]:
    """Columns that name a row; none of them is ever null."""
    primary = table._meta.pk
    if primary is not None and not isinstance(primary, models.AutoField):
        return [str(primary.column)]
    for constraint in table._meta.constraints:
        if isinstance(constraint, models.UniqueConstraint) and constraint.condition is None:
            return list(constraint.fields)  # projected tables have no foreign keys: names are columns
    raise TableHasNoKey(table.__name__)


def _columns(table: Table) -> list[str]:
    """Every column that counts, the key first."""
    key = _key(table)
    return key + [column for column in _fields(table) if column not in key]


def _row(alias: str, table: Table) -> str:
    return ", ".join(f"{alias}.{column}" for column in _columns(table))


def _all_equal(columns: Sequence[str]) -> str:
    return " AND ".join(f"e.{column} = f.{column}" for column in columns)


def _has_history(table: Table) -> bool:
    return "block_number" in _fields(table)


def _read(table: Table, column: str, value: Any) -> Any:
    field = _fields(table)[column]
    if value is not None and hasattr(field, "from_db_value"):
        return field.from_db_value(value, None, connection)
    return value


def _shown(table: Table, column: str, value: Any) -> str:
    value = _read(table, column, value)
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%dT%H:%M:%SZ}"
    return "nothing" if value is None else str(value)
