import pytest
from django.contrib.messages import get_messages

from contracts.models import ChainOperation
from rwa_portal.core.models import Approval, AuditEvent
from subscriptions import actions
from tests.people import AT, in_role

pytestmark = pytest.mark.django_db


@pytest.fixture
def operation(paid, officer):
    return actions.approve_subscription(subscription_id=paid.pk, by=officer, at=AT, reason="Checked.")


def press(client, operation, reason="Papers checked."):
    return client.post(f"/approvals/{operation.pk}", {"reason": reason})


def told(answer) -> list[str]:
    return [str(message) for message in get_messages(answer.wsgi_request)]


def test_the_inbox_says_what_is_called_and_what_it_rests_on(client, operation, second):
    client.force_login(second)

    page = client.get("/approvals/").content.decode()

    assert "IssuanceModule.mint" in page
    assert "0/1 approvals" in page
    assert all(name in page for name in operation.facts)
    assert f'action="/approvals/{operation.pk}"' in page


def test_the_requester_sees_why_they_cannot_approve(client, operation, officer):
    client.force_login(officer)

    page = client.get("/approvals/").content.decode()

    assert "somebody else must approve it" in page
    assert f'action="/approvals/{operation.pk}"' not in page


def test_another_officer_approves_with_a_reason(client, operation, second):
    client.force_login(second)

    answer = press(client, operation)

    operation.refresh_from_db()
    assert operation.state == "QUEUED"
    assert told(answer)[0].startswith("Approved (1/1)")
    assert AuditEvent.objects.filter(kind="operation.approved", by=second).count() == 1


@pytest.mark.parametrize(("who", "reason"), [("requester", "Papers checked."), ("second", "no")])
def test_a_refused_approval_is_told_and_changes_nothing(client, operation, officer, second, who, reason):
    client.force_login(officer if who == "requester" else second)
    before = AuditEvent.objects.count()

    answer = press(client, operation, reason)

    assert told(answer)
    assert (Approval.objects.count(), AuditEvent.objects.count()) == (0, before)
    assert ChainOperation.objects.get().state == "AWAITING_APPROVAL"


@pytest.mark.parametrize("role", ["legal_reviewer", "auditor", "operations"])
def test_who_may_not_approve_sees_no_inbox(client, operation, role):
    client.force_login(in_role("other", role))

    assert client.get("/approvals/").status_code == 403
    assert press(client, operation).status_code == 403
    assert not Approval.objects.exists()


def test_an_operation_that_does_not_exist_is_told(client, operation, second):
    client.force_login(second)

    answer = client.post(f"/approvals/{'0' * 8}-0000-0000-0000-000000000000", {"reason": "Papers checked."})

    assert told(answer) == ["There is no such operation."]
