import pytest
from django.contrib.auth.models import Group
from django.core.management import CommandError, call_command

from rwa_portal.conf.roles import ROLES, Role
from rwa_portal.core import roles
from tests.people import in_role

pytestmark = pytest.mark.django_db


def rights_of(role: str) -> set[str]:
    rows = Group.objects.get(name=role).permissions.values_list("content_type__app_label", "codename")
    return {f"{app}.{codename}" for app, codename in rows}


def test_every_role_of_the_table_is_a_group():
    assert set(Group.objects.values_list("name", flat=True)) == set(ROLES)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round_", [1, 2])
def test_roles_are_back_after_a_flush(round_):
    assert "core.grant_role" in rights_of("operations")


def test_an_auditor_sees_the_trail_and_decides_nothing():
    auditor = in_role("auditor", "auditor")

    assert auditor.has_perm("core.view_auditevent")
    assert {right.split(".")[1].split("_")[0] for right in auditor.get_all_permissions()} == {"view"}


@pytest.mark.parametrize("role", ROLES)
def test_no_role_reads_keys_sessions_or_second_factors(role):
    hidden = {"core.view_personkey", "core.view_idempotencykey", "core.view_mail", "core.view_documentchunk"}

    assert not rights_of(role) & hidden
    assert not [right for right in rights_of(role) if right.split(".")[0] in {"sessions", "mfa", "account"}]


def test_an_unknown_right_fails_the_check_and_not_migrate(monkeypatch):
    monkeypatch.setitem(ROLES, "auditor", Role("Auditor", staff=True, rights=("core.fly",)))

    with pytest.raises(CommandError, match="auditor: core.fly"):
        call_command("check_roles")
    assert roles.unknown_rights()[0] == "auditor: core.fly"
