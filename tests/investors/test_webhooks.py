"""S14: webhooks forged, replayed, out of order, flooded."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import OperationalError, connection, connections
from rest_framework.test import APIClient

from investors import actions, tasks
from investors.models import Investor, KycSession, WebhookDelivery
from investors.webhooks import LIMIT_BYTES, NOTICES
from rwa_portal.core.models import AuditEvent, PersonKey
from tests.investors.conftest import (
    FINAL,
    GREEN,
    RETRY,
    URL,
    notice_body,
    post_notice,
    rows_everywhere,
    work_off_all,
)

pytestmark = pytest.mark.django_db


def status(investor: Investor) -> str:
    return Investor.objects.get(pk=investor.pk).kyc_status


def test_a_signed_notice_is_journalled_and_changes_nothing_by_itself(session, vendor, poked):
    answer = post_notice(notice_body(session))

    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
    delivery = WebhookDelivery.objects.get()
    assert (delivery.outcome, delivery.event_type, delivery.session) == (
        "RECEIVED",
        "applicantReviewed",
        session,
    )
    assert status(session.investor) == "PENDING" and vendor.asked == []


def test_the_worker_is_woken_after_the_commit(session, vendor, poked, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        post_notice(notice_body(session))

    assert poked == [str(WebhookDelivery.objects.get().pk)]


def test_the_provider_is_asked_before_anything_changes(session, vendor, poked):
    vendor.answers = FINAL  # the notice says GREEN; the provider, asked, does not
    post_notice(notice_body(session, "GREEN"))

    assert work_off_all() == ["APPLIED"]
    assert vendor.asked == ["app-1"]
    assert status(session.investor) == "REJECTED"


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Payload-Digest": "0" * 64},
        {"X-Payload-Digest": ""},
        {"X-Payload-Digest-Alg": "HMAC_SHA1_HEX"},
        {"X-Payload-Digest-Alg": ""},
    ],
)
def test_a_notice_without_a_right_signature_is_401_and_only_counted(session, vendor, headers):
    before, counted = rows_everywhere(), NOTICES.labels("not_signed")._value.get()

    answer = post_notice(notice_body(session), **headers)

    assert answer.status_code == 401
    assert answer.json()["code"] == "NoticeNotSigned"
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert rows_everywhere() == before
    assert NOTICES.labels("not_signed")._value.get() == counted + 1


def test_a_notice_signed_with_another_secret_is_401(session):
    assert post_notice(notice_body(session), secret="guess").status_code == 401
    assert not WebhookDelivery.objects.exists()


def test_one_changed_byte_is_401(session):
    body = notice_body(session)
    signed = post_notice(body).wsgi_request.headers

    answer = post_notice(body.replace(b"GREEN", b"GREEM"), **{"X-Payload-Digest": signed["X-Payload-Digest"]})

    assert answer.status_code == 401
    assert WebhookDelivery.objects.count() == 1


def test_an_unknown_provider_is_404(session):
    before = rows_everywhere()

    assert post_notice(notice_body(session), path="/api/webhooks/kyc/nobody").status_code == 404
    assert rows_everywhere() == before


def test_a_body_over_the_limit_is_413(session):
    before = rows_everywhere()

    answer = post_notice(notice_body(session, padding="x" * LIMIT_BYTES))

    assert (answer.status_code, answer.json()["code"]) == (413, "NoticeTooLarge")
    assert rows_everywhere() == before


def test_only_post_is_answered(session):
    assert APIClient().get(URL).status_code == 405


def test_a_database_that_is_down_is_503_so_that_the_vendor_sends_again(session, monkeypatch):
    def down(**_):
        raise OperationalError("connection refused")

    monkeypatch.setattr(actions, "journal_notice", down)

    answer = post_notice(notice_body(session))

    assert (answer.status_code, answer.json()["code"]) == (503, "JournalUnavailable")
    assert answer.headers["Retry-After"]


def test_one_hundred_replays_have_one_effect(session, vendor, poked):
    body = notice_body(session)

    assert {post_notice(body).status_code for _ in range(100)} == {200}
    assert work_off_all() == ["APPLIED"]

    assert WebhookDelivery.objects.count() == 1
    assert AuditEvent.objects.filter(kind="investor.verified").count() == 1
    assert len(vendor.asked) == 1


@pytest.mark.django_db(transaction=True)
def test_replays_at_the_same_time_are_journalled_once(session, vendor, poked):
    body = notice_body(session)

    def post(_):
        try:
            return post_notice(body).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as threads:
        codes = list(threads.map(post, range(16)))

    assert codes == [200] * 16
    assert WebhookDelivery.objects.count() == 1


def test_an_older_green_after_a_red_changes_nothing(session, vendor, poked):
    vendor.answers = FINAL
    post_notice(notice_body(session, "FINAL", seconds=60))
    work_off_all()

    vendor.answers = GREEN  # even if the provider were to say so by now
    post_notice(notice_body(session, "GREEN", seconds=0))

    assert work_off_all() == ["STALE"]
    assert status(session.investor) == "REJECTED"


def test_a_newer_green_after_a_red_counts(session, vendor, poked):
    vendor.answers = FINAL
    post_notice(notice_body(session, "FINAL"))
    work_off_all()
    vendor.answers = GREEN
    post_notice(notice_body(session, "GREEN", seconds=60))

    assert work_off_all() == ["APPLIED"]
    assert status(session.investor) == "VERIFIED"


def test_a_signed_red_is_believed_before_the_provider_follows(session, vendor, poked):
    post_notice(notice_body(session, "GREEN"))
    work_off_all()

    post_notice(notice_body(session, "FINAL", seconds=60))  # asked, the provider still says GREEN
    work_off_all()

    assert status(session.investor) == "PENDING"
    assert KycSession.objects.get().verdict == "UNCLEAR"


def test_an_unknown_applicant_is_quarantined(session, vendor, poked):
    body = notice_body(session, applicantId="app-2", externalUserId="nobody")
    assert post_notice(body).status_code == 200

    assert work_off_all() == ["QUARANTINED"]

    delivery = WebhookDelivery.objects.get()
    assert (delivery.note, delivery.session) == ("UNKNOWN_APPLICANT", None)
    assert vendor.asked == [] and status(session.investor) == "PENDING"
    assert AuditEvent.objects.filter(kind="kyc.notice_quarantined").exists()


def test_an_applicant_named_by_our_id_but_with_another_of_theirs_is_quarantined(session, vendor, poked):
    post_notice(notice_body(session, applicantId="app-2"))

    assert work_off_all() == ["QUARANTINED"]


def test_the_first_notice_can_be_faster_than_the_answer_that_names_the_applicant(session, vendor, poked):
    KycSession.objects.update(applicant_id="")

    post_notice(notice_body(session, applicantId="app-9"))

    assert work_off_all() == ["APPLIED"]
    assert KycSession.objects.get().applicant_id == "app-9"


@pytest.mark.parametrize("body", [b"[]", b"not json", b'{"type":"applicantReviewed"}', b""])
def test_a_signed_notice_that_cannot_be_read_is_quarantined(db, vendor, poked, body):
    assert post_notice(body).status_code == 200

    assert work_off_all() == ["QUARANTINED"]
    assert WebhookDelivery.objects.get().note == "UNREADABLE"


def test_a_quarantined_notice_is_worked_off_once_its_person_is_known(session, vendor, poked):
    KycSession.objects.update(applicant_id="other")
    post_notice(notice_body(session))
    work_off_all()
    KycSession.objects.update(applicant_id="app-1")

    delivery = WebhookDelivery.objects.get()
    actions.retry_notice(
        delivery_id=delivery.pk, by=session.investor.user, at=delivery.received_at, reason="Known."
    )

    assert work_off_all() == ["APPLIED"]
    assert status(session.investor) == "VERIFIED"


@pytest.mark.parametrize(
    ("changes", "outcome", "note"),
    [
        ({"type": "applicantTagsChanged"}, "IGNORED", "EVENT_TYPE"),
        ({"type": "kytTxnApproved"}, "IGNORED", "EVENT_TYPE"),
        ({"testMode": True}, "IGNORED", "TEST"),
    ],
)
def test_what_decides_nothing_is_ignored(session, vendor, poked, changes, outcome, note):
    post_notice(notice_body(session, **changes))

    assert work_off_all() == [outcome]
    assert WebhookDelivery.objects.get().note == note
    assert vendor.asked == [] and status(session.investor) == "PENDING"


def test_sandbox_traffic_is_refused_in_production(session, vendor, poked, settings):
    settings.PORTAL_ENV = "mainnet"
    post_notice(notice_body(session))

    assert work_off_all() == ["QUARANTINED"]
    assert status(session.investor) == "PENDING"


@pytest.mark.parametrize("kind", ["applicantDeactivated", "applicantDeleted", "applicantPersonalDataDeleted"])
def test_a_person_the_provider_shuts_out_is_not_verified_whatever_it_answers(session, vendor, poked, kind):
    post_notice(notice_body(session))
    work_off_all()
    assert status(session.investor) == "VERIFIED"

    post_notice(notice_body(session, seconds=60, type=kind))  # the answer is GREEN as before
    work_off_all()
    assert status(session.investor) == "PENDING"

    post_notice(notice_body(session, seconds=120, type="applicantActivated"))
    work_off_all()
    assert status(session.investor) == "VERIFIED"


def test_a_reset_takes_the_verdict_back(session, vendor, poked):
    post_notice(notice_body(session))
    work_off_all()
    vendor.answers = GREEN.__class__(status="init", verdict="NONE", level="basic-kyc", reviewed_at=None)

    post_notice(notice_body(session, seconds=60, type="applicantReset", reviewStatus="init"))
    work_off_all()

    assert status(session.investor) == "PENDING"


def test_green_at_another_level_does_not_verify(session, vendor, poked):
    vendor.answers = GREEN.__class__(**{**GREEN.__dict__, "level": "email-only"})
    post_notice(notice_body(session))
    work_off_all()

    assert status(session.investor) == "PENDING"
    assert KycSession.objects.get().verdict == "UNCLEAR"


def test_a_silent_provider_leaves_the_notice_for_the_sweep(session, vendor, poked):
    vendor.silent = True
    post_notice(notice_body(session))
    assert work_off_all() == ["RECEIVED"]
    vendor.silent = False
    WebhookDelivery.objects.update(received_at=session.created_at)  # long ago

    tasks.sweep_notices()

    assert WebhookDelivery.objects.get().outcome == "APPLIED"
    assert status(session.investor) == "VERIFIED"


def test_retry_tells_the_person_what_to_do_and_staff_the_rest(session, vendor, poked, client):
    vendor.answers = RETRY
    post_notice(notice_body(session, "RETRY"))
    work_off_all()
    client.force_login(session.investor.user)

    page = client.get("/investor/identity").content.decode()

    assert "Too dark." in page and "Looks forged." not in page
    row = KycSession.objects.get()
    assert b"dark" not in bytes(row.public_comment) and b"forged" not in bytes(row.internal_comment)
    assert row.reject_labels == ["BAD_PHOTO"]


def test_the_journal_is_ciphertext_under_the_persons_key(session, vendor, poked):
    post_notice(notice_body(session))

    delivery = WebhookDelivery.objects.get()
    assert b"app-1" not in bytes(delivery.body)
    body = actions.reveal_notice(
        delivery_id=delivery.pk, by=session.investor.user, at=delivery.received_at, reason="Audit."
    )["Body"]
    assert json.loads(body)["applicantId"] == "app-1"
    assert AuditEvent.objects.filter(kind="kyc.notice_revealed").exists()

    PersonKey.objects.filter(pk=session.investor_id).delete()
    assert PersonKey.unseal(delivery.person_id, bytes(delivery.body)) == "[erased]"


def test_the_journal_does_not_wait_for_the_provider(session, vendor, poked):
    assert connection.in_atomic_block  # the client would raise inside the action
    assert post_notice(notice_body(session)).status_code == 200
    assert vendor.asked == []
