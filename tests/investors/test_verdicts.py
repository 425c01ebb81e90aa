from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from django.db import connections

from investors import calculations
from investors.actions import apply_verdict
from investors.actions.kyc import ApplicantNotOpened, ReadingOutdated
from investors.identification import read_again, work_off
from investors.models import Investor, KycSession, KycStatus, Outcome, WebhookDelivery
from rwa_portal.core.models import AuditEvent, User
from tests.investors.conftest import FINAL, GREEN, RETRY, notice_body, post_notice, work_off_all
from tests.investors.factories import AT
from tests.people import person

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)


def apply(session, reading, *, seconds: int = 0):
    vendor = User.service("kyc.sumsub")
    at = AT + seconds * SECOND
    return apply_verdict(session_id=session.pk, reading=reading, read_at=at, by=vendor, at=at)


def investor_of(session) -> Investor:
    return Investor.objects.get(pk=session.investor_id)


@pytest.mark.parametrize(
    ("reading", "status"),
    [(GREEN, KycStatus.VERIFIED), (FINAL, KycStatus.REJECTED), (RETRY, KycStatus.PENDING)],
)
def test_an_answer_is_taken_over(session, reading, status):
    apply(session, reading)

    assert investor_of(session).kyc_status == status


def test_green_fixes_hash_and_validity(session):
    apply(session, GREEN)

    investor = investor_of(session)
    assert investor.kyc_valid_until == AT.date() + timedelta(days=365)
    assert len(investor.kyc_hash) == 66
    assert AuditEvent.objects.get(kind="investor.verified").by.service_name == "kyc.sumsub"


def test_the_same_green_again_changes_nothing(session):
    apply(session, GREEN)
    before = investor_of(session)

    apply(session, GREEN, seconds=60)

    assert investor_of(session).updated_at == before.updated_at
    assert AuditEvent.objects.filter(kind="investor.verified").count() == 1


def test_an_answer_older_than_the_one_applied_is_refused(session):
    apply(session, FINAL, seconds=10)

    with pytest.raises(ReadingOutdated):
        apply(session, GREEN)  # it was asked for earlier and came in later
    assert investor_of(session).kyc_status == "REJECTED"


def test_a_notice_whose_answer_was_overtaken_asks_again(session, vendor, poked):
    post_notice(notice_body(session))
    apply(session, FINAL, seconds=5)
    vendor.answers = FINAL
    moments = iter([AT, AT, *(AT + n * SECOND for n in range(10, 20))])
    delivery = WebhookDelivery.objects.get()

    outcome = work_off(delivery_id=delivery.pk, by=User.service("kyc.sumsub"), clock=lambda: next(moments))

    assert (outcome, len(vendor.asked)) == (Outcome.APPLIED, 2)
    assert investor_of(session).kyc_status == "REJECTED"


def test_reading_again_needs_an_applicant(session, vendor):
    KycSession.objects.update(applicant_id="")

    with pytest.raises(ApplicantNotOpened):
        read_again(session_id=session.pk, by=person("officer"), at=AT, reason="Just to see.")
    assert vendor.asked == []


@pytest.mark.django_db(transaction=True)
def test_two_verdicts_at_once_end_in_the_newer(session, vendor, poked):
    vendor.answers = FINAL
    post_notice(notice_body(session, "GREEN"))
    post_notice(notice_body(session, "FINAL", seconds=60))
    ids = list(WebhookDelivery.objects.values_list("pk", flat=True))

    def run(pk):
        try:
            from django.utils import timezone

            return work_off(delivery_id=pk, by=User.service("kyc.sumsub"), clock=timezone.now)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as threads:
        outcomes = set(threads.map(run, ids))

    assert outcomes <= {Outcome.APPLIED, Outcome.STALE} and Outcome.APPLIED in outcomes
    assert investor_of(session).kyc_status == "REJECTED"
    assert KycSession.objects.get().verdict_at == AT + 60 * SECOND


def test_each_change_leaves_one_line_in_the_history(session, vendor, poked):
    for number, verdict in enumerate(("GREEN", "FINAL", "GREEN")):
        vendor.answers = {"GREEN": GREEN, "FINAL": FINAL}[verdict]
        post_notice(notice_body(session, verdict, seconds=60 * number))
        work_off_all()

    reasons = list(
        investor_of(session).history.order_by("history_id").values_list("history_change_reason", flat=True)
    )
    assert reasons[-3:] == ["investor.verified", "investor.rejected", "investor.verified"]


def test_the_hash_is_keyed_and_the_same_for_the_same_person():
    facts = {"family_names": "Müller", "provider": "sumsub"}
    same = {"provider": "sumsub", "family_names": "Mu\u0308ller "}  # decomposed, with a space

    assert calculations.kyc_hash(b"k" * 32, facts) == calculations.kyc_hash(b"k" * 32, same)
    assert calculations.kyc_hash(b"k" * 32, facts) != calculations.kyc_hash(b"j" * 32, facts)
    assert calculations.kyc_hash(b"k" * 32, facts) != calculations.kyc_hash(
        b"k" * 32, {**facts, "provider": "other"}
    )


def test_a_last_day_ends_with_its_last_second():
    assert calculations.last_second(date(1970, 1, 1)) == 86_399
