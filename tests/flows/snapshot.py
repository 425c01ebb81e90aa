"""
A moment of chain and database that tests go back to, so that the contracts are deployed once a session.

The chain forgets a snapshot when it goes back to an earlier one; it is then made anew when it is next needed.
"""

from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field

from django.contrib.contenttypes.models import ContentType
from django.db import connection

from tests.contracts import chain


@dataclass
class Moment:
    chain_id: str
    rows: dict[str, bytes]
    sequences: list[tuple[str, int]]


@dataclass
class Snapshots:
    moments: dict[str, Moment] = field(default_factory=dict)  # the oldest first

    def go_to(self, name: str, make: Callable[[], None]) -> None:
        """Return to a moment; the first time, make it."""
        if name not in self.moments:
            make()
            self.moments[name] = Moment(chain.call("evm_snapshot"), *_dump())
            return
        names = list(self.moments)
        for later in names[names.index(name) + 1 :]:
            del self.moments[later]
        moment = self.moments[name]
        chain.call("evm_revert", moment.chain_id)
        moment.chain_id = chain.call("evm_snapshot")
        _load(moment)


@contextmanager
def _as_owner():
    """Append-only tables take no rows back but from the owner, with their triggers asleep."""
    with connection.cursor() as cursor:
        cursor.execute("SET ROLE NONE; SET session_replication_role = replica")
        try:
            yield cursor
        finally:
            cursor.execute("SET session_replication_role = DEFAULT; SET ROLE rwa_app")


def _dump() -> tuple[dict[str, bytes], list[tuple[str, int]]]:
    with _as_owner() as cursor:
        cursor.execute("SELECT sequencename, last_value FROM pg_sequences WHERE last_value IS NOT NULL")
        sequences = cursor.fetchall()
        rows = {}
        for table in _tables():
            with cursor.copy(f'COPY "{table}" TO STDOUT') as copy:
                rows[table] = b"".join(bytes(block) for block in copy)
    return {table: content for table, content in rows.items() if content}, sequences


def _load(moment: Moment) -> None:
    with _as_owner() as cursor:
        cursor.execute("TRUNCATE " + ", ".join(f'"{table}"' for table in _tables()))
        for table, content in moment.rows.items():
            with cursor.copy(f'COPY "{table}" FROM STDIN') as copy:
                copy.write(content)
        for name, value in moment.sequences:
            cursor.execute("SELECT setval(%s::regclass, %s)", [f'"{name}"', value])
    ContentType.objects.clear_cache()


def _tables() -> list[str]:
    return [name for name in connection.introspection.table_names() if name != "django_migrations"]
