from concurrent.futures import ThreadPoolExecutor
from io import StringIO

import pytest
from django.contrib import admin
from django.core.management import CommandError, call_command
from django.db import connection
from django.urls import reverse

from rwa_portal.core import approvals, role_grants
from rwa_portal.core.models import AuditEvent, RoleChange, User
from tests.people import AT, in_role, person

pytestmark = pytest.mark.django_db
WHY = "Joined the team."


@pytest.fixture
def operator():
    return in_role("operator", "operations")


@pytest.fixture
def zoe():
    return person("zoe", is_staff=False)


def grant(user, by, role="auditor"):
    return role_grants.grant_role(user_id=user.pk, role=role, by=by, at=AT, reason=WHY)


def agree(change, by):
    return role_grants.agree_to_role(role_change_id=change.pk, by=by, at=AT, reason=WHY)


def revoke(user, by, role="auditor"):
    return role_grants.revoke_role(user_id=user.pk, role=role, by=by, at=AT, reason=WHY)


def roles_of(user) -> list[str]:
    return list(User.objects.get(pk=user.pk).groups.values_list("name", flat=True))


def written() -> tuple[int, int]:
    return RoleChange.objects.count(), AuditEvent.objects.count()


def test_a_grant_gives_the_roles_rights_and_is_in_the_trail(zoe, operator):
    change = grant(zoe, operator)

    zoe = User.objects.get(pk=zoe.pk)
    assert (change.status, roles_of(zoe), zoe.is_staff) == ("DONE", ["auditor"], True)
    assert zoe.has_perm("core.view_auditevent")
    event = AuditEvent.objects.get()
    assert (event.kind, event.by, event.facts["role"]) == ("role.granted", operator, "auditor")
    assert event.reason_text == WHY and WHY.encode() not in bytes(event.reason)


def test_a_role_without_staff_rights_opens_no_staff_page(zoe, operator):
    grant(zoe, operator, role="investor")

    assert not User.objects.get(pk=zoe.pk).is_staff


@pytest.fixture
def two_eyes(settings):
    settings.APPROVALS_NEEDED = {"*": 1}


def test_outside_dev_a_grant_waits_for_another_person(two_eyes, zoe, operator):
    change = grant(zoe, operator)
    assert (change.status, roles_of(zoe)) == ("WAITING", [])

    with pytest.raises(approvals.RequesterCannotApprove):
        agree(change, operator)
    with pytest.raises(role_grants.RoleForOneself):
        agree(change, zoe)
    assert roles_of(zoe) == []

    agree(change, in_role("second", "operations"))
    assert roles_of(zoe) == ["auditor"]


def test_a_refused_grant_gives_nothing_and_is_decided(two_eyes, zoe, operator):
    change = grant(zoe, operator)
    second = in_role("second", "operations")

    role_grants.refuse_role(role_change_id=change.pk, by=second, at=AT, reason=WHY)

    assert roles_of(zoe) == []
    with pytest.raises(role_grants.RoleChangeDecided):
        agree(change, second)


def unknown(zoe, operator):
    grant(zoe, operator, role="emperor")


def oneself(zoe, operator):
    grant(operator, operator)


def a_service(zoe, operator):
    grant(User.service("clock"), operator)


def not_held(zoe, operator):
    revoke(zoe, operator)


def the_last(zoe, operator):
    revoke(operator, zoe, role="operations")


@pytest.mark.parametrize(
    ("act", "error"),
    [
        (unknown, role_grants.RoleUnknown),
        (oneself, role_grants.RoleForOneself),
        (a_service, role_grants.RoleNotForServices),
        (not_held, role_grants.RoleNotHeld),
        (the_last, role_grants.LastGrantor),
    ],
)
def test_a_refusal_changes_nothing(zoe, operator, act, error):
    with pytest.raises(error):
        act(zoe, operator)

    assert written() == (0, 0)
    assert (roles_of(zoe), roles_of(operator)) == ([], ["operations"])


def test_a_role_is_asked_for_once(two_eyes, zoe, operator):
    grant(zoe, operator)

    with pytest.raises(role_grants.RoleHeldAlready):
        grant(zoe, operator)

    assert written() == (1, 1)


def test_revoking_counts_at_once_whatever_the_environment_asks(two_eyes, operator):
    auditor = in_role("auditor", "auditor")

    revoke(auditor, operator)

    assert roles_of(auditor) == []
    assert not User.objects.get(pk=auditor.pk).is_staff


@pytest.mark.django_db(transaction=True)
def test_two_grantors_cannot_remove_each_other_at_once():
    pair = [in_role("one", "operations"), in_role("two", "operations")]

    def remove(indexes):
        try:
            revoke(pair[indexes[0]], pair[indexes[1]], role="operations")
            return "removed"
        except role_grants.LastGrantor:
            return "refused"
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        results = sorted(pool.map(remove, [(0, 1), (1, 0)]))

    assert results == ["refused", "removed"]


def test_the_admin_button_grants(client, zoe, operator):
    client.force_login(operator)
    page = reverse("admin:core_user_grant_role", args=[zoe.pk])

    client.post(page, {"role": "auditor", "reason": WHY, "_form_submitted": "True"})

    assert roles_of(zoe) == ["auditor"]


def test_a_button_that_cannot_act_is_not_shown(client, operator):
    client.force_login(operator)
    user_admin = admin.site._registry[User]

    def shown(user) -> str:
        return client.get(reverse("admin:core_user_change", args=[user.pk])).content.decode()

    assert "Grant a role" in shown(operator)
    assert "Grant a role" not in shown(User.service("clock"))
    assert [b.name for b in user_admin.buttons] == ["grant_role", "revoke_role"]


def create(*, env: dict | None = None, **options) -> str:
    out = StringIO()
    call_command("create_staff", stdout=out, **options)
    return out.getvalue()


def test_the_first_administrator_is_made_at_the_console(client, monkeypatch):
    monkeypatch.setenv("PORTAL_STAFF_PASSWORD", "correct horse battery")

    create(email="First@Portal.Example", roles=["operations"])

    first = User.objects.get(email="first@portal.example")
    assert (roles_of(first), first.is_staff, first.created_by) == (
        ["operations"],
        True,
        User.service("console"),
    )
    assert first.check_password("correct horse battery")
    assert list(AuditEvent.objects.order_by("id").values_list("kind", flat=True)) == [
        "user.created",
        "role.granted",
    ]


def test_without_a_password_a_link_to_set_one_is_printed(client, monkeypatch):
    monkeypatch.delenv("PORTAL_STAFF_PASSWORD", raising=False)

    link = create(email="first@portal.example", roles=["operations"]).split("here: ")[1].strip()

    assert client.get(link.removeprefix("http://127.0.0.1:8000"), follow=True).status_code == 200
    assert "password1" in client.get(link.removeprefix("http://127.0.0.1:8000"), follow=True).content.decode()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"email": "zoe", "roles": []}, "valid email"),
        ({"email": "zoe@portal.example", "roles": ["emperor"]}, "no role emperor"),
        ({"email": "taken@portal.example", "roles": []}, "already"),
    ],
)
def test_create_staff_refuses_in_one_line_and_makes_nobody(options, message):
    person("taken")
    before = User.objects.count()

    with pytest.raises(CommandError, match=message):
        create(**options)

    assert User.objects.count() == before


def test_a_weak_password_is_refused(monkeypatch):
    monkeypatch.setenv("PORTAL_STAFF_PASSWORD", "short")

    with pytest.raises(CommandError, match="too short"):
        create(email="zoe@portal.example", roles=["operations"])


def test_outside_dev_the_console_makes_only_the_first(settings, operator):
    settings.PORTAL_ENV = "mainnet"

    with pytest.raises(CommandError, match="ask them"):
        create(email="zoe@portal.example", roles=["operations"])

    assert not User.objects.filter(email="zoe@portal.example").exists()
