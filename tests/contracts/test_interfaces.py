import uuid

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from rest_framework.test import APIClient

from contracts import calls, submission
from contracts.actions import approve_operation
from contracts.models import ChainOperation, Deployment, RoleFact
from rwa_portal.core.models import Approval, AuditEvent

from .conftest import AT, KIND, TO, person

pytestmark = pytest.mark.django_db
RIGHTS = ["approve_operation", "cancel_operation", "resolve_operation"]


@pytest.fixture
def operation(ask, db):
    Deployment.objects.create(
        network="dev",
        chain_id=31337,
        name="IssuanceModule",
        address=TO,
        abi_version="v1",
        code_hash="0x" + "01" * 32,
        block_number=1,
        deployed_at=AT,
    )
    return ask(calldata=calls.mint("0x" + "ab" * 32).calldata)


@pytest.fixture
def api():
    def client(user, key="k1"):
        client = APIClient(headers={"Idempotency-Key": key} if key else {})
        client.force_login(user)
        return client

    return client


def approve(client, operation, **body):
    return client.post(
        f"/api/operations/{operation.pk}/approve", body or {"reason": "Checked."}, format="json"
    )


def test_an_operation_is_read_with_its_call_in_words(operation, second, api):
    answer = api(second).get(f"/api/operations/{operation.pk}")

    assert answer.status_code == 200
    assert answer.json()["call"] == {
        "contract": "IssuanceModule",
        "function": "mint",
        "arguments": [{"name": "orderId", "type": "bytes32", "value": "0x" + "ab" * 32}],
    }
    assert (answer.json()["approvals"], answer.json()["facts"]) == ("0/1", {"investor": "1", "proof": "p"})
    assert [event["state"] for event in answer.json()["events"]] == ["AWAITING_APPROVAL"]


def test_reading_needs_the_right_or_to_have_asked_for_it(operation, officer, api):
    assert api(person("stranger")).get(f"/api/operations/{operation.pk}").status_code == 404
    assert api(person("nobody")).get("/api/operations").json()["results"] == []
    assert api(officer).get(f"/api/operations/{operation.pk}").status_code == 200
    assert APIClient().get(f"/api/operations/{operation.pk}").status_code in (401, 403)


def test_an_unknown_operation_is_404(second, api):
    assert api(second).get(f"/api/operations/{uuid.uuid4()}").status_code == 404
    assert api(second).get("/api/operations/x").status_code == 404


def test_consent_by_api_queues_it(operation, second, api):
    answer = approve(api(second), operation)

    assert answer.status_code == 202
    assert answer.json() == {
        "operation": str(operation.pk),
        "state": "QUEUED",
        "approvals": "1/1",
        "links": {"operation": f"/api/operations/{operation.pk}"},
    }
    assert answer["Location"] == f"/api/operations/{operation.pk}"
    assert AuditEvent.objects.get(kind="operation.approved").by == second


def test_consent_that_is_not_the_last_is_202(operation, second, api, settings):
    settings.APPROVALS_NEEDED = {"*": 2}

    answer = approve(api(second), operation)

    assert (answer.status_code, answer.json()["approvals"]) == (202, "1/2")


def test_the_same_key_gives_the_same_answer_once(operation, second, api):
    first, again = approve(api(second), operation), approve(api(second), operation)

    assert (first.status_code, first.json()) == (again.status_code, again.json())
    assert Approval.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "key", "status", "code"),
    [
        ({"reason": "no"}, "k1", 422, "ValidationError"),
        ({"x": "y"}, "k1", 422, "ValidationError"),
        ({"reason": "Checked."}, "", 400, "IdempotencyKeyMissing"),
    ],
)
def test_bad_consent_is_refused_and_changes_nothing(operation, second, api, body, key, status, code):
    answer = approve(api(second, key), operation, **body)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert Approval.objects.count() == 0


def test_the_requester_and_a_person_without_the_right_are_refused(operation, officer, api):
    officer.user_permissions.set(Permission.objects.filter(codename__in=[*RIGHTS, "view_chainoperation"]))

    answer = approve(api(officer), operation)
    assert (answer.status_code, answer.json()["code"]) == (409, "RequesterCannotApprove")
    assert approve(api(person("viewer", "view_chainoperation")), operation).status_code == 403
    assert (ChainOperation.objects.get().state, Approval.objects.count()) == ("AWAITING_APPROVAL", 0)


def page(operation) -> str:
    return reverse("admin:contracts_chainoperation_change", args=[operation.pk])


def test_the_page_says_what_is_called_what_it_rests_on_and_who_consented(operation, order, second, client):
    client.force_login(person("auditor", "view_chainoperation"))
    Approval.objects.create(subject=operation.pk, digest="0" * 64, by=second, at=AT)
    order.facts["proof"] = "q"

    shown = client.get(page(operation)).content.decode()

    assert "<strong>IssuanceModule.mint</strong>" in shown
    assert "0x" + "ab" * 32 in shown
    assert "facts changed: proof" in shown
    assert "no: a fact has changed since" in shown


def test_the_page_says_that_a_fact_no_longer_holds(operation, order, client):
    client.force_login(person("auditor", "view_chainoperation"))
    order.proof_valid = False

    assert "no longer holds: The proof has expired." in client.get(page(operation)).content.decode()


@pytest.mark.parametrize("button", ["approve", "look-up", "cancel", "look_up"])
def test_a_button_pressed_without_the_right_changes_nothing(operation, client, button):
    client.force_login(person("auditor", "view_chainoperation"))

    client.post(
        page(operation).replace("change/", f"{button}/"), {"reason": "I want to.", "_form_submitted": "1"}
    )

    assert (ChainOperation.objects.get().state, Approval.objects.count()) == ("AWAITING_APPROVAL", 0)


@pytest.mark.parametrize(("button", "state"), [("approve", "QUEUED"), ("cancel", "CANCELLED")])
def test_a_button_acts_with_its_reason(operation, client, button, state):
    client.force_login(person("boss", "view_chainoperation", *RIGHTS))

    client.post(
        page(operation).replace("change/", f"{button}/"), {"reason": "Checked it.", "_form_submitted": "1"}
    )

    assert ChainOperation.objects.get().state == state


def test_a_list_costs_the_same_with_many_operations(operation, ask, second, client):
    client.force_login(person("auditor", "view_chainoperation"))
    address = reverse("admin:contracts_chainoperation_changelist")
    client.get(address)

    with CaptureQueriesContext(connection) as few:
        client.get(address)
    for number in range(20):
        Approval.objects.create(subject=ask(f"order:{number}").pk, digest="0" * 64, by=second, at=AT)
    with CaptureQueriesContext(connection) as many:
        shown = client.get(address).content.decode()

    assert len(many) == len(few)
    assert "0/1" in shown


@pytest.mark.parametrize(
    "model", ["custodywallet", "deployment", "deploymentstep", "noncelane", "rolefact", "chainoperation"]
)
def test_every_table_can_be_looked_at_and_not_edited(operation, client, model):
    RoleFact.objects.create(chain_id=31337, role="0x" + "00" * 32, account=TO, is_held=True, updated_block=1)
    client.force_login(person("auditor", f"view_{model}"))

    assert client.get(reverse(f"admin:contracts_{model}_changelist")).status_code == 200
    assert client.get(reverse(f"admin:contracts_{model}_add")).status_code == 403


def test_a_sealed_kind_that_is_gone_is_still_readable(operation, client, monkeypatch):
    from contracts import registry

    approve_operation(operation_id=operation.pk, by=person("x"), at=AT, reason="Checked.")
    submission.cancel(operation_id=operation.pk, reason="Test", at=AT)
    monkeypatch.delitem(registry._hooks, KIND)
    client.force_login(person("auditor", "view_chainoperation"))

    assert client.get(page(operation)).status_code == 200
