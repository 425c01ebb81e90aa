"""What is settled outside the chain: a document, two people, then the burn."""

import io
from decimal import Decimal

import pytest

from contracts.models import ChainOperation
from corporate_actions import actions
from corporate_actions.actions import redemption_settlement as rules
from corporate_actions.models import OffChainSettlement, Redemption
from rwa_portal.core.documents import NotAPdf
from rwa_portal.core.models import Document
from tests.corporate_actions.redemptions.factories import (
    REASON,
    fail,
    record,
    settled_on_chain,
    written,
)
from tests.corporate_actions.redemptions.test_settlement import said
from tests.people import AT
from tests.subscriptions.factories import hear

pytestmark = pytest.mark.django_db


def test_outside_the_chain_two_people_agree_and_then_the_units_are_burned(outside, treasurer, officer):
    settlement = record(outside, treasurer)
    assert not ChainOperation.objects.exists()

    operation = actions.confirm_settlement(redemption_id=outside.pk, by=officer, at=AT, reason=REASON)

    settlement.refresh_from_db()
    assert (settlement.status, settlement.decided_by, settlement.shown_amount) == (
        "CONFIRMED",
        officer,
        "455.5 EUR",
    )
    assert (said(operation), operation.after) == (f"settle({outside.number}, 0)", None)
    assert operation.facts["off_chain_settlement"] == str(settlement.pk)
    assert b"E2E" not in bytes(Document.objects.get().sealed_name)
    hear(settled_on_chain(outside, 0))
    assert (Redemption.objects.get().settlement_status, Redemption.objects.get().payment) == ("SETTLED", 0)


def test_who_recorded_a_settlement_does_not_confirm_it(outside, treasurer):
    record(outside, treasurer)
    before = written()

    with pytest.raises(rules.SecondPersonNeeded):
        actions.confirm_settlement(redemption_id=outside.pk, by=treasurer, at=AT, reason=REASON)

    assert written() == before


def test_a_declined_settlement_burns_nothing_and_another_can_be_recorded(outside, treasurer, officer):
    record(outside, treasurer)

    actions.decline_settlement(redemption_id=outside.pk, by=officer, at=AT, reason=REASON)

    before = written()
    with pytest.raises(rules.SettlementNotRecorded):
        actions.confirm_settlement(redemption_id=outside.pk, by=officer, at=AT, reason=REASON)
    assert written() == before
    record(outside, treasurer)
    assert sorted(OffChainSettlement.objects.values_list("status", flat=True)) == ["DECLINED", "RECORDED"]


def test_a_second_record_is_refused(outside, treasurer, officer):
    record(outside, treasurer)
    before = written()

    with pytest.raises(rules.SettlementRecordedAlready):
        record(outside, officer)

    assert written() == before


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"amount": Decimal(0)}, rules.SettledAmountWrong),
        ({"amount": Decimal("-1")}, rules.SettledAmountWrong),
        ({"amount": Decimal("NaN")}, rules.SettledAmountWrong),
        ({"amount": Decimal("0.000000001")}, rules.SettledAmountWrong),
        ({"amount": Decimal(10**30)}, rules.SettledAmountWrong),
        ({"currency": "euro"}, rules.CurrencyMalformed),
        ({"currency": "ÄÖÜ"}, rules.CurrencyMalformed),
        ({"reference": "  "}, rules.ReferenceMissing),
        ({"reference": "x" * 141}, rules.ReferenceMissing),
    ],
)
def test_a_record_that_is_not_whole_is_refused(outside, treasurer, changes, refusal):
    before = written()

    with pytest.raises(refusal):
        record(outside, treasurer, **changes)

    assert written() == before


def test_a_record_without_a_readable_document_is_refused(outside, treasurer):
    before = written()

    with pytest.raises(NotAPdf):
        record(outside, treasurer, file=io.BytesIO(b"hello"))

    assert written() == before


def test_a_record_for_what_is_paid_in_usdc_is_refused(pending, treasurer):
    before = written()

    with pytest.raises(rules.SettledInUsdc):
        record(pending, treasurer)

    assert written() == before


def test_a_burn_that_failed_is_asked_for_again_only_with_two_peoples_agreement(outside, treasurer, officer):
    def burn():
        return actions.burn_settled_redemption(redemption_id=outside.pk, by=treasurer, at=AT, reason=REASON)

    record(outside, treasurer)
    before = written()
    with pytest.raises(rules.SettlementNotConfirmed):
        burn()
    assert written() == before
    first = actions.confirm_settlement(redemption_id=outside.pk, by=officer, at=AT, reason=REASON)
    with pytest.raises(rules.SettlementUnderWay):
        burn()

    fail(first, "the custodian refused")

    assert said(burn()) == f"settle({outside.number}, 0)"
