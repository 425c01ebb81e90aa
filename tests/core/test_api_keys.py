from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from rwa_portal.core import api_keys
from rwa_portal.core.models import ApiKey, AuditEvent, User
from tests.people import person

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.core.toy")]
TOYS = "/api/toys"


@pytest.fixture
def operator():
    return person("operator")


def issue(operator, **changes) -> tuple[ApiKey, str]:
    now = timezone.now()
    asked = {"service_name": "bank", "label": "Bank feed", "scopes": ["events:read"]}
    asked |= {"expires_at": now + timedelta(days=30), "by": operator, "at": now, "reason": "Contract signed."}
    return api_keys.issue_api_key(**asked | changes)


def get(text: str, kind: str = "Bearer"):
    return APIClient(headers={"Authorization": f"{kind} {text}"}).get(TOYS)


def test_a_key_signs_its_service_in_and_is_kept_as_a_hash(operator):
    key, text = issue(operator)

    assert get(text).status_code == 200
    assert text.rsplit("_", 1)[1] not in str(ApiKey.objects.values().get())
    assert (key.service.service_name, key.service.is_staff) == ("api.bank", False)
    assert AuditEvent.objects.get().kind == "api_key.issued"


def test_a_service_may_hold_two_keys_while_one_is_replaced(operator):
    first, second = issue(operator)[0], issue(operator)[0]

    assert first.service == second.service
    assert first.prefix != second.prefix


def spoil_secret(key, text):
    return text[:-1] + ("A" if text[-1] != "A" else "B")


def spoil_prefix(key, text):
    return text.replace(key.prefix, "ffffffff")


def expire(key, text):
    ApiKey.objects.update(expires_at=timezone.now())
    return text


def revoke(key, text):
    api_keys.revoke_api_key(api_key_id=key.pk, by=key.created_by, at=timezone.now(), reason="Left.")
    return text


def retire_service(key, text):
    User.objects.filter(pk=key.service_id).update(is_active=False)
    return text


@pytest.mark.parametrize(
    "spoil",
    [spoil_secret, spoil_prefix, expire, revoke, retire_service, lambda *_: "", lambda *_: "rwa_a_ß"],
)
def test_a_key_that_is_not_valid_is_401(operator, spoil):
    text = spoil(*issue(operator))

    answer = get(text)

    assert (answer.status_code, answer.json()["code"]) == (401, "ApiKeyNotValid")
    assert answer["WWW-Authenticate"].startswith("Bearer")


def test_a_key_without_the_scope_is_403(operator):
    _, text = issue(operator, scopes=["assets:read"])

    assert get(text).status_code == 403


def test_a_key_never_counts_as_a_person_with_a_right(operator):
    key, text = issue(operator, scopes=["assets:read"])
    key.service.user_permissions.set(Permission.objects.filter(codename="view_auditevent"))

    assert get(text).status_code == 403


def test_a_key_opens_no_page(operator):
    _, text = issue(operator)

    answer = Client(headers={"Authorization": f"Bearer {text}"}).get("/admin/")

    assert answer.status_code == 302


def test_a_service_user_with_a_session_is_nobody_to_the_api(operator):
    key, _ = issue(operator)
    signed_in = APIClient()
    Client.force_login(signed_in, key.service)

    assert signed_in.get(TOYS).status_code == 401


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"scopes": []}, api_keys.ScopeUnknown),
        ({"scopes": ["events:read", "approve"]}, api_keys.ScopeUnknown),
        ({"expires_at": timezone.now() - timedelta(days=1)}, api_keys.ExpiryOutOfRange),
        ({"expires_at": timezone.now() + timedelta(days=400)}, api_keys.ExpiryOutOfRange),
    ],
)
def test_issue_refuses_and_writes_nothing(operator, changes, error):
    with pytest.raises(error):
        issue(operator, **changes)

    assert (ApiKey.objects.count(), AuditEvent.objects.count()) == (0, 0)
    assert not User.objects.filter(service_name="api.bank").exists()


def test_a_key_is_revoked_once(operator):
    key, text = issue(operator)
    revoke(key, text)

    with pytest.raises(api_keys.ApiKeyRevoked):
        revoke(key, text)

    assert AuditEvent.objects.filter(kind="api_key.revoked").count() == 1


def test_no_scope_is_about_approving():
    assert not [name for name in api_keys.SCOPES if "approve" in name]
