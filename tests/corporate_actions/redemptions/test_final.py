import pytest

from contracts import encoding, submission
from contracts.models import ChainOperation
from corporate_actions import actions, queries_final, tasks_redemptions
from corporate_actions.actions import final_redemptions as rules
from corporate_actions.models import FinalRedemption
from rwa_portal.core.errors import DomainError
from tests.corporate_actions.redemptions.factories import (
    DAY,
    MODULE,
    REASON,
    USDC,
    fail,
    final_in,
    hold_units,
    written,
)
from tests.people import AT
from tests.subscriptions.factories import event, hear, make_asset

pytestmark = pytest.mark.django_db


@pytest.fixture
def due(suite, wallet):
    """20.00 units of a closed asset are left."""
    final = final_in("DUE")
    hold_units(final.asset, wallet, 2000)
    return final


def open_(final, by, price: int = 90 * USDC, days: int = 30) -> ChainOperation:
    return actions.open_final_redemption(
        final_id=final.pk, price=price, expires_at=AT + days * DAY, by=by, at=AT, reason=REASON
    )


def said(operation: ChainOperation) -> list[str]:
    return [argument.value for argument in encoding.describe_call(bytes(operation.calldata)).arguments]


def test_the_clock_notes_every_closed_asset_once():
    closed = make_asset(status="REDEEMED")
    make_asset()

    assert (tasks_redemptions.note_redeemed_assets(at=AT), tasks_redemptions.note_redeemed_assets(at=AT)) == (
        1,
        0,
    )
    assert (FinalRedemption.objects.get().asset, FinalRedemption.objects.get().status) == (closed, "DUE")


def test_open_asks_for_an_allowance_and_the_opening(due, treasurer):
    operation = open_(due, treasurer)

    assert said(operation) == [due.asset.token_address, str(90 * USDC), str(int((AT + 30 * DAY).timestamp()))]
    assert said(operation.after)[1] == str(1800 * USDC)
    due.refresh_from_db()
    assert (due.status, due.price) == ("OPENING", 90 * USDC)


def test_what_the_pay_out_costs_is_rounded_up(due):
    hold_units(due.asset, type("W", (), {"address": "0x" + "77" * 20}), 1)

    assert queries_final.due(due.asset, 3) == -(-2001 * 3 // 100)


@pytest.mark.parametrize(
    ("terms", "refusal"),
    [
        ({"price": 0}, rules.PriceWrong),
        ({"price": 2**96}, rules.PriceWrong),
        ({"price": 2**96 - 1}, rules.PriceWrong),
        ({"days": 0}, rules.ExpiryTooEarly),
    ],
)
def test_terms_that_the_contract_would_refuse_are_refused(due, treasurer, terms, refusal):
    before = written()

    with pytest.raises(refusal):
        open_(due, treasurer, **terms)

    assert written() == before


def test_an_asset_nobody_holds_is_not_paid_out(suite, treasurer):
    final = final_in("DUE")
    before = written()

    with pytest.raises(rules.NothingToRedeem):
        open_(final, treasurer)

    assert written() == before


@pytest.mark.parametrize("status", ["OPENING", "OPEN", "SWEPT"])
def test_open_twice_is_refused(suite, treasurer, status):
    final = final_in(status)
    before = written()

    with pytest.raises(rules.FinalRedemptionNotDue):
        open_(final, treasurer)

    assert written() == before


def test_an_opening_that_fails_is_due_again_and_says_why(due, treasurer):
    fail(open_(due, treasurer), "ERC20: transfer amount exceeds balance")

    due.refresh_from_db()
    assert (due.status, due.price, due.failure) == ("DUE", None, "ERC20: transfer amount exceeds balance")
    assert open_(due, treasurer, 80 * USDC).state == "AWAITING_APPROVAL"


def test_an_opening_whose_allowance_fails_says_why_once(due, treasurer):
    operation = open_(due, treasurer)

    fail(operation.after, "refused by the custodian")

    due.refresh_from_db()
    assert (due.status, due.failure) == ("DUE", "refused by the custodian")


def test_consent_to_an_opening_stops_counting_when_units_were_burned_since(due, wallet, treasurer):
    operation = open_(due, treasurer)
    submission.current_call(operation)
    hold_units(due.asset, wallet, 1000)

    assert submission.current_call(operation).digest != operation.digest


def test_what_is_left_is_what_was_funded_less_what_was_taken(suite, wallet):
    final = final_in("OPEN")
    token = final.asset.token_address
    taken = {"holder": wallet.address, "to": wallet.address, "amount": "500", "payment": str(450 * USDC)}
    hear(event("RedemptionModule.FinalRedeemed", MODULE, token=token, **taken))

    assert queries_final.remaining(final) == 1350 * USDC
    assert queries_final.payment_for(final, 1500) == 1350 * USDC


def sweep(final, by, at) -> ChainOperation:
    return actions.sweep_final_redemption(final_id=final.pk, by=by, at=at, reason=REASON)


def test_sweep_after_the_expiry_is_asked_once(suite, treasurer):
    final = final_in("OPEN")

    operation = sweep(final, treasurer, AT + 31 * DAY)

    assert said(operation) == [final.asset.token_address]
    before = written()
    with pytest.raises(rules.SweepUnderWay):
        sweep(final, treasurer, AT + 31 * DAY)
    assert written() == before


def test_sweep_until_the_expiry_is_refused(suite, treasurer):
    final = final_in("OPEN")
    before = written()

    with pytest.raises(rules.NotExpired):
        sweep(final, treasurer, final.expires_at)

    assert written() == before


@pytest.mark.parametrize("status", ["DUE", "OPENING", "SWEPT"])
def test_sweep_of_what_is_not_open_is_refused(suite, treasurer, status):
    final = final_in(status)
    before = written()

    with pytest.raises(rules.FinalRedemptionNotOpen):
        sweep(final, treasurer, AT + 99 * DAY)

    assert written() == before


def test_a_sweep_that_fails_leaves_it_open_and_says_why(suite, treasurer):
    final = final_in("OPEN")

    fail(sweep(final, treasurer, AT + 31 * DAY), "UnclaimedAccountNotSet(token=0x1)")

    final.refresh_from_db()
    assert (final.status, final.failure) == ("OPEN", "UnclaimedAccountNotSet(token=0x1)")
    assert sweep(final, treasurer, AT + 31 * DAY).state == "AWAITING_APPROVAL"


def test_a_sweep_that_is_too_late_is_refused_when_it_comes_to_be_sent(suite, treasurer):
    final = final_in("OPEN")
    operation = sweep(final, treasurer, AT + 31 * DAY)
    payload = {"to": MODULE, "amount": "1"}
    hear(event("RedemptionModule.FinalRedemptionSwept", MODULE, token=final.asset.token_address, **payload))

    with pytest.raises(DomainError) as refusal:
        submission.recheck(operation)

    assert refusal.value.code == "NothingLeftToSweep"
