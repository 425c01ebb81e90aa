import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.core.management.commands.migrate import Command as Migrate
from django.db import connection, transaction

from rwa_portal.core import after_migrate, append_only, grants
from rwa_portal.core.models import AuditEvent
from tests.people import AT, person

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def written(monkeypatch):
    """As if docs/grants.txt were up to date with every app's tables; `./portal check` compares the file."""
    text = grants.as_text(grants.wanted())
    monkeypatch.setattr(grants, "written", lambda: text)


@pytest.fixture
def as_owner():
    with connection.cursor() as cursor:
        cursor.execute("SET ROLE NONE")
        yield cursor
        cursor.execute("SET ROLE rwa_app")


def test_the_runtime_role_may_do_what_is_written_and_no_more():
    call_command("check_grants")

    assert grants.live()["core_auditevent"] == "INSERT SELECT"
    assert grants.live()["auth_group_permissions"] == "SELECT"


@pytest.mark.parametrize(
    ("sql", "seen"),
    [
        ("GRANT UPDATE ON core_auditevent TO rwa_app", "core_auditevent: INSERT SELECT UPDATE"),
        ("GRANT UPDATE (kind) ON core_auditevent TO rwa_app", "core_auditevent: INSERT SELECT UPDATE"),
        ("GRANT TRUNCATE ON core_mail TO PUBLIC", "core_mail: DELETE INSERT SELECT TRUNCATE UPDATE"),
        ("REVOKE INSERT ON core_mail FROM rwa_app", "core_mail: DELETE SELECT UPDATE"),
        ("GRANT CREATE ON SCHEMA public TO rwa_app", "may create tables"),
        (
            "ALTER TABLE core_auditevent DISABLE TRIGGER refuse_change",
            "core_auditevent: no append-only trigger",
        ),
        ("DROP TRIGGER refuse_truncate ON core_auditseal", "core_auditseal: no append-only trigger"),
    ],
)
def test_check_grants_names_what_somebody_has_changed(as_owner, sql, seen):
    as_owner.execute(sql)

    with pytest.raises(CommandError, match=seen):
        call_command("check_grants")


def test_the_next_migrate_mends_grants_and_triggers(as_owner):
    as_owner.execute(
        "GRANT UPDATE ON core_auditevent TO rwa_app; DROP TRIGGER refuse_change ON core_auditevent"
    )

    append_only.guard()
    grants.grant()

    call_command("check_grants")


@pytest.mark.parametrize("table", sorted(append_only.tables()))
@pytest.mark.parametrize("sql", ["UPDATE {0} SET {1} = {1}", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_the_runtime_role_only_adds_to_what_is_evidence(table, sql):
    with connection.cursor() as cursor:
        column = connection.introspection.get_table_description(cursor, table)[0].name
        with pytest.raises(Exception, match="permission denied"), transaction.atomic():
            cursor.execute(sql.format(table, column))


@pytest.mark.parametrize("sql", ["UPDATE {} SET kind = 'x'", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_not_even_the_owner_changes_evidence(as_owner, sql):
    user = person("zoe")
    AuditEvent.record("user.created", subject=user, by=user, at=AT)
    as_owner.execute("SET CONSTRAINTS ALL IMMEDIATE")

    with pytest.raises(Exception, match="append-only"), transaction.atomic():
        as_owner.execute(sql.format("core_auditevent"))

    assert AuditEvent.objects.get().kind == "user.created"


def test_migrate_under_the_runtime_role_is_refused_in_one_line(monkeypatch, settings):
    settings.DATABASE_OWNER = None
    monkeypatch.setattr(Migrate, "handle", lambda *_, **__: pytest.fail("migrated"))

    with pytest.raises(CommandError, match="set DATABASE_OWNER_URL"):
        call_command("migrate")


def test_after_migrate_twice_changes_nothing(as_owner):
    before = grants.live()
    for app in apps.get_app_configs():
        after_migrate.restore(sender=app)

    assert grants.live() == before
