"""
What the runtime role may do, table by table.

- Everywhere: read and write rows. On append-only tables: read and add. On what migrations fill: read.
- No DDL but temporary tables (replay builds the projected ones a second time), no TRUNCATE, no other schema.
- The written list is docs/grants.txt; `manage.py check_grants` compares the live rights with it.
"""

from pathlib import Path

from django.conf import settings
from django.db import connection

from rwa_portal.core import append_only

RUNTIME_ROLE = "rwa_app"
# Filled by migrate alone: whoever could write here could give themselves rights.
READ_ONLY = frozenset(
    {"django_migrations", "django_content_type", "auth_permission", "auth_group", "auth_group_permissions"}
)
_EVERY_RIGHT = ["SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER"]
LIST = Path("docs") / "grants.txt"


def wanted() -> dict[str, str]:
    only_grow = append_only.tables()

    def rights(table: str) -> str:
        if table in READ_ONLY:
            return "SELECT"
        return "INSERT SELECT" if table in only_grow else "DELETE INSERT SELECT UPDATE"

    return {table: rights(table) for table in sorted(connection.introspection.table_names())}


def live() -> dict[str, str]:
    """Read from PostgreSQL what the runtime role may do now, by whatever way it got it."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT c.relname, string_agg(r.name, ' ' ORDER BY r.name)
            FROM pg_class c
            JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'public'
            LEFT JOIN unnest(%s::text[]) r(name)
                ON has_table_privilege(%s, c.oid, r.name)
                OR r.name = 'UPDATE' AND has_any_column_privilege(%s, c.oid, 'UPDATE')
            WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
            GROUP BY c.relname ORDER BY c.relname
            """,
            [_EVERY_RIGHT, RUNTIME_ROLE, RUNTIME_ROLE],
        )
        return {table: rights or "-" for table, rights in cursor.fetchall()}


def may_create() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT has_schema_privilege(%s, 'public', 'CREATE')", [RUNTIME_ROLE])
        return bool(cursor.fetchone()[0])


def may_use_temporary_tables() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT has_database_privilege(%s, current_database(), 'TEMPORARY')", [RUNTIME_ROLE])
        return bool(cursor.fetchone()[0])


def grant() -> None:
    """After every migrate, and only where something differs."""
    now, right = live(), wanted()
    changed = [table for table in right if now.get(table) != right[table]]
    with connection.cursor() as cursor:
        if not may_use_temporary_tables():
            name = connection.ops.quote_name(connection.settings_dict["NAME"])
            cursor.execute(f"GRANT TEMPORARY ON DATABASE {name} TO {RUNTIME_ROLE}")
        cursor.execute(f"GRANT USAGE ON SCHEMA public TO {RUNTIME_ROLE}")
        for table in changed:
            cursor.execute(f"REVOKE ALL ON {table} FROM {RUNTIME_ROLE}")
            cursor.execute(f"GRANT {', '.join(right[table].split())} ON {table} TO {RUNTIME_ROLE}")
        if changed:
            cursor.execute(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {RUNTIME_ROLE}")


def written() -> str:
    return (settings.BASE_DIR / LIST).read_text()


def as_text(rights: dict[str, str]) -> str:
    head = f"# What the role {RUNTIME_ROLE} may do. Generated: manage.py check_grants --write\n"
    return head + "".join(f"{table}: {rights[table]}\n" for table in sorted(rights))
