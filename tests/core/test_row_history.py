"""A row's history as staff read it: who, when, why, what changed, in words."""

import re

import pytest

from rwa_portal.core.admin import trail
from rwa_portal.core.models import AuditEvent
from subscriptions import actions
from tests.investors.factories import make_investor
from tests.people import AT, in_role, person
from tests.subscriptions import factories
from tests.subscriptions.conftest import asset, no_broker, now, one_approval, suite, wallet  # noqa: F401

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer(db):
    return in_role("officer.a", "compliance_officer")


@pytest.fixture
def rejected(asset, wallet, officer):  # noqa: F811
    paid = factories.order_in("PAID", asset, wallet, officer)
    return actions.reject_subscription(
        subscription_id=paid.pk, by=officer, at=AT, reason="The source of funds is unclear."
    )


def history_of(client, row) -> str:
    opts = row._meta
    answer = client.get(f"/admin/{opts.app_label}/{opts.model_name}/{row.pk}/history/")
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def test_the_history_says_who_when_why_and_what_changed(client, rejected, officer):
    client.force_login(officer)

    text = history_of(client, rejected)

    assert "Rejected officer.a@portal.example The source of funds is unclear." in text
    assert "Status: PAID → REJECTED" in text


def test_the_newest_entries_stand_on_the_row_s_own_page(client, rejected, officer):
    client.force_login(officer)

    text = client.get(f"/admin/subscriptions/subscription/{rejected.pk}/change/").content.decode()

    assert "What happened last" in text
    assert "PAID → REJECTED" in text


def test_who_may_not_read_the_trail_sees_that_a_reason_about_a_person_is_kept(client, rejected):
    client.force_login(person("treasurer", "view_subscription"))

    text = history_of(client, rejected)

    assert "The source of funds is unclear." not in text
    assert "(kept in the audit trail)" in text


def test_no_ciphertext_and_no_bare_id_is_shown(client, officer):
    investor = make_investor()
    AuditEvent.record("investor.verified", subject=investor, by=officer, at=AT, reason="Seen.")
    client.force_login(officer)

    entries = trail.of(investor, officer)

    assert [entry.what for entry in entries][-1] == "Verified"
    for _, old, new in (change for entry in entries for change in entry.changes):
        assert "\\x" not in old + new
        assert "memory at" not in old + new
        assert str(investor.user_id) not in old + new
    assert str(investor.user.email) not in history_of(client, person("nobody-else"))


def test_the_history_of_a_row_nobody_decides_about_explains_itself(client):
    from indexer.models import Incident

    incident = Incident.objects.create(kind="test", summary="A", halts_sending=False, opened_at=AT)
    client.force_login(person("reader", "view_incident"))

    text = history_of(client, incident)

    assert "No decision" in text or "Nobody decides" in text


def test_a_row_that_is_not_there_has_no_history(client, officer):
    client.force_login(officer)

    assert client.get("/admin/assets/asset/00000000-0000-0000-0000-000000000000/history/").status_code == 404


def test_a_long_history_is_cut_and_its_oldest_entry_is_still_a_change(officer, rejected):
    entries = trail.of(rejected, officer, at_most=1)

    assert len(entries) == 1
    assert ("Status", "PAID", "REJECTED") in entries[0].changes
