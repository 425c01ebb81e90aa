import pytest

from contracts import encoding, submission
from contracts.actions import approve_operation
from contracts.models import ChainOperation
from corporate_actions import actions, tasks_redemptions
from corporate_actions.actions import redemption_holds as holds
from corporate_actions.actions import redemption_settlement as rules
from corporate_actions.models import Redemption
from rwa_portal.core import approvals
from rwa_portal.core.actions import action
from rwa_portal.core.errors import DomainError
from rwa_portal.core.models import AuditEvent
from tests.corporate_actions.redemptions.factories import (
    REASON,
    SUITE,
    USDC,
    cancelled_on_chain,
    confirm,
    fail,
    frozen,
    redemption_in,
    wholly_frozen,
    written,
)
from tests.people import AT
from tests.subscriptions.factories import hear

pytestmark = pytest.mark.django_db


def settle(redemption, by, payment=460 * USDC) -> ChainOperation:
    return actions.settle_redemption(
        redemption_id=redemption.pk, payment=payment, by=by, at=AT, reason=REASON
    )


def said(operation: ChainOperation) -> str:
    found = encoding.describe_call(bytes(operation.calldata))
    return f"{found.function}({', '.join(argument.value for argument in found.arguments)})"


def test_settle_asks_for_an_allowance_and_then_the_payment(pending, treasurer):
    operation = settle(pending, treasurer)

    allow = operation.after
    assert (allow.kind, allow.to) == ("corporate_actions.allow_redemptions", SUITE["USDC"])
    assert said(allow) == f"increaseAllowance({SUITE['RedemptionModule']}, {460 * USDC})"
    assert said(operation) == f"settle({pending.number}, {460 * USDC})"
    assert (operation.to, operation.wallet.purpose) == (SUITE["RedemptionModule"], "TREASURER")
    assert {operation.state, allow.state} == {"AWAITING_APPROVAL"}
    assert Redemption.objects.get().settlement_status == "PENDING"
    assert AuditEvent.objects.get(kind="redemption.settlement_asked").reason_text == REASON


def test_the_calls_wait_for_another_person(pending, treasurer, officer, settings):
    operation = settle(pending, treasurer)

    for call in (operation.after, operation):
        with pytest.raises(approvals.RequesterCannotApprove):
            consent(call, treasurer)
        consent(call, officer)

    states = ChainOperation.objects.values_list("state", flat=True)
    assert set(states) == {"QUEUED"}
    # The payment waits for the allowance.
    assert ChainOperation.objects.claimable(at=AT).get() == operation.after


def consent(operation, by):
    return approve_operation(operation_id=operation.pk, by=by, at=AT, reason=REASON)


@pytest.mark.parametrize("payment", [0, 450 * USDC - 1])
def test_settle_below_what_the_holder_asks_for_is_refused(pending, treasurer, payment):
    before = written()

    with pytest.raises(rules.PaymentBelowMinimum, match="at least 450.000000 USDC"):
        settle(pending, treasurer, payment)

    assert written() == before


def test_settle_for_exactly_what_the_holder_asks_for_is_taken(pending, treasurer):
    assert settle(pending, treasurer, 450 * USDC).facts["payment"] == str(450 * USDC)


def test_a_request_from_outside_that_asks_for_nothing_is_not_burned_for_nothing(asset, wallet, treasurer):
    redemption = redemption_in("PENDING", asset, wallet, min_payment=0, is_outside=True)
    before = written()

    with pytest.raises(rules.PaymentBelowMinimum):
        settle(redemption, treasurer, 0)

    assert written() == before


def test_settle_for_more_than_the_chain_can_note_is_refused(pending, treasurer):
    before = written()

    with pytest.raises(rules.PaymentTooLarge):
        settle(pending, treasurer, 2**96)

    assert written() == before


@pytest.mark.parametrize("status", ["REQUESTED", "HELD", "SETTLED", "CANCELLED"])
def test_settle_of_anything_but_a_pending_redemption_is_refused(asset, wallet, treasurer, status):
    redemption = redemption_in(status, asset, wallet)
    before = written()

    with pytest.raises(rules.RedemptionNotPending):
        settle(redemption, treasurer)

    assert written() == before


def test_settle_twice_is_refused(pending, treasurer, officer):
    settle(pending, treasurer)
    before = written()

    with pytest.raises(rules.SettlementUnderWay):
        settle(pending, officer)
    with pytest.raises(rules.SettlementUnderWay):
        actions.cancel_redemption_for(redemption_id=pending.pk, by=officer, at=AT, reason=REASON)

    assert written() == before


def test_settle_of_what_is_settled_outside_the_chain_is_refused(outside, treasurer):
    before = written()

    with pytest.raises(rules.SettledOutsideTheChain):
        settle(outside, treasurer)

    assert written() == before


def stop(how, asset, wallet):
    if how in ("frozen_at", "sanctioned_at"):
        type(wallet).objects.filter(pk=wallet.pk).update(**{how: AT})
    else:
        hear(wholly_frozen(asset, wallet) if how == "token" else frozen(asset, wallet, 1501))


STOPS = {
    "frozen_at": "WALLET_FROZEN",
    "sanctioned_at": "WALLET_SANCTIONED",
    "token": "WALLET_FROZEN",
    "units": "UNITS_FROZEN",
}


@pytest.mark.parametrize("how", STOPS)
def test_settle_to_a_holder_the_chain_stops_is_refused(pending, asset, wallet, treasurer, how):
    stop(how, asset, wallet)
    before = written()

    with pytest.raises(rules.HolderNotPayable):
        settle(pending, treasurer)

    assert written() == before


@pytest.mark.parametrize("how", STOPS)
def test_the_clock_holds_what_cannot_be_settled_and_lets_go_of_it(pending, asset, wallet, how, monkeypatch):
    monkeypatch.setattr("contracts.reads.payee_of", lambda wallet: wallet)
    monkeypatch.setattr("contracts.reads.is_usdc_blacklisted", lambda wallet: False)
    stop(how, asset, wallet)

    assert tasks_redemptions.hold(at=AT) == 1
    held = Redemption.objects.get()
    assert (held.settlement_status, held.held_because) == ("HELD", STOPS[how])
    assert tasks_redemptions.release(at=AT) == 0

    type(wallet).objects.filter(pk=wallet.pk).update(frozen_at=None, sanctioned_at=None)
    hear(wholly_frozen(asset, wallet, is_frozen=False), frozen(asset, wallet, 1500))
    assert tasks_redemptions.release(at=AT) == 1
    assert (Redemption.objects.get().settlement_status, tasks_redemptions.hold(at=AT)) == ("PENDING", 0)


def test_a_settlement_about_to_be_sent_is_refused_when_its_holder_was_frozen_since(
    pending, asset, wallet, treasurer
):
    operation = settle(pending, treasurer)
    hear(wholly_frozen(asset, wallet))

    with pytest.raises(DomainError) as refusal:
        submission.recheck(operation)

    assert refusal.value.code == "HolderNoLongerPayable"
    fail(operation, str(refusal.value))
    assert Redemption.objects.get().held_because == "WALLET_FROZEN"


def test_a_settlement_that_fails_for_want_of_money_leaves_it_pending_and_says_so(pending, treasurer, officer):
    operation = settle(pending, treasurer)
    confirm(operation.after)

    fail(operation, "ERC20: transfer amount exceeds balance")

    kept = Redemption.objects.get()
    assert (kept.settlement_status, kept.failure) == ("PENDING", "ERC20: transfer amount exceeds balance")
    assert kept.failed_at == AT
    assert kept.due_at == pending.due_at  # the clock goes on
    assert AuditEvent.objects.get(kind="redemption.settlement_failed").reason_text == kept.failure

    again = settle(pending, officer, 470 * USDC)

    assert said(again.after).endswith(f"{10 * USDC})")  # the first allowance is unused and counts


def test_an_allowance_that_suffices_is_not_asked_for_again(pending, treasurer):
    operation = settle(pending, treasurer)
    confirm(operation.after)
    fail(operation, "ERC20: transfer amount exceeds balance")

    assert settle(pending, treasurer).after is None


def test_a_settlement_that_failed_for_want_of_allowance_gets_a_whole_new_one(pending, treasurer):
    operation = settle(pending, treasurer)
    confirm(operation.after)
    fail(operation, "ERC20: transfer amount exceeds allowance")

    assert said(settle(pending, treasurer).after).endswith(f"{460 * USDC})")


def test_an_allowance_that_fails_ends_the_payment_too_and_says_why_once(pending, treasurer):
    operation = settle(pending, treasurer)

    fail(operation.after, "the custodian refused: limit of the day")

    operation.refresh_from_db()
    assert operation.state == "CANCELLED"
    assert Redemption.objects.get().failure == "the custodian refused: limit of the day"
    assert said(settle(pending, treasurer).after).endswith(f"{460 * USDC})")


@pytest.mark.parametrize(
    ("reason", "because"),
    [
        ("Blacklistable: account is blacklisted", "PAYEE_BLACKLISTED"),
        ("WalletIsSanctioned(wallet=0x1)", "WALLET_SANCTIONED"),
        ("AddressIsFrozen(account=0x1)", "WALLET_FROZEN"),
        ("ERC7943InsufficientUnfrozenBalance(account=0x1, amount=5, unfrozen=1)", "UNITS_FROZEN"),
    ],
)
def test_a_settlement_that_fails_because_of_its_holder_holds_it(pending, treasurer, reason, because):
    fail(settle(pending, treasurer), reason)

    kept = Redemption.objects.get()
    assert (kept.settlement_status, kept.held_because, kept.failure) == ("HELD", because, reason)


def test_who_is_blacklisted_stays_held_until_the_payment_token_lets_go(asset, wallet, monkeypatch):
    held = redemption_in("HELD", asset, wallet, held_because="PAYEE_BLACKLISTED")
    monkeypatch.setattr("contracts.reads.payee_of", lambda wallet: wallet)
    monkeypatch.setattr("contracts.reads.is_usdc_blacklisted", lambda wallet: True)
    assert tasks_redemptions.release(at=AT) == 0

    monkeypatch.setattr("contracts.reads.is_usdc_blacklisted", lambda wallet: False)

    assert tasks_redemptions.release(at=AT) == 1
    held.refresh_from_db()
    assert held.settlement_status == "PENDING"


def test_what_an_officer_holds_the_clock_does_not_release(pending, officer, monkeypatch):
    monkeypatch.setattr("contracts.reads.payee_of", lambda wallet: wallet)
    monkeypatch.setattr("contracts.reads.is_usdc_blacklisted", lambda wallet: False)
    actions.hold_redemption(redemption_id=pending.pk, by=officer, at=AT, reason=REASON)

    assert tasks_redemptions.release(at=AT) == 0

    actions.release_redemption(redemption_id=pending.pk, by=officer, at=AT, reason=REASON)
    assert Redemption.objects.get().settlement_status == "PENDING"


def test_release_while_the_holder_is_still_frozen_is_refused(pending, asset, wallet, officer):
    actions.hold_redemption(redemption_id=pending.pk, by=officer, at=AT, reason=REASON)
    hear(wholly_frozen(asset, wallet))
    before = written()

    with pytest.raises(holds.HolderStillFrozen):
        actions.release_redemption(redemption_id=pending.pk, by=officer, at=AT, reason=REASON)

    assert written() == before


@pytest.mark.parametrize("status", ["REQUESTED", "PENDING", "SETTLED", "CANCELLED"])
def test_release_of_what_is_not_held_is_refused(asset, wallet, officer, status):
    redemption = redemption_in(status, asset, wallet)
    before = written()

    with pytest.raises(holds.RedemptionNotHeld):
        actions.release_redemption(redemption_id=redemption.pk, by=officer, at=AT, reason=REASON)

    assert written() == before


@pytest.mark.parametrize("status", ["REQUESTED", "HELD", "SETTLED", "CANCELLED"])
def test_hold_of_what_is_not_pending_is_refused(asset, wallet, officer, status):
    redemption = redemption_in(status, asset, wallet)
    before = written()

    with pytest.raises(holds.RedemptionNotHoldable):
        actions.hold_redemption(redemption_id=redemption.pk, by=officer, at=AT, reason=REASON)

    assert written() == before


@pytest.mark.parametrize("status", ["PENDING", "HELD"])
def test_cancel_by_legal_order_asks_the_enforcer(asset, wallet, officer, status):
    redemption = redemption_in(status, asset, wallet)

    operation = actions.cancel_redemption_for(redemption_id=redemption.pk, by=officer, at=AT, reason=REASON)

    assert said(operation) == f"cancelFor({redemption.number})"
    assert (operation.wallet.purpose, operation.state) == ("ENFORCER", "AWAITING_APPROVAL")
    redemption.refresh_from_db()
    assert redemption.settlement_status == status  # until the chain says so


@pytest.mark.parametrize("status", ["REQUESTED", "SETTLED", "CANCELLED"])
def test_cancel_by_legal_order_of_what_is_not_locked_is_refused(asset, wallet, officer, status):
    redemption = redemption_in(status, asset, wallet)
    before = written()

    with pytest.raises(holds.RedemptionNotLocked):
        actions.cancel_redemption_for(redemption_id=redemption.pk, by=officer, at=AT, reason=REASON)

    assert written() == before


def test_what_is_being_cancelled_is_not_settled(pending, treasurer, officer):
    actions.cancel_redemption_for(redemption_id=pending.pk, by=officer, at=AT, reason=REASON)
    before = written()

    with pytest.raises(rules.CancellationUnderWay):
        settle(pending, treasurer)

    assert written() == before


def test_a_cancellation_that_is_too_late_is_refused_when_it_comes_to_be_sent(pending, officer):
    operation = actions.cancel_redemption_for(redemption_id=pending.pk, by=officer, at=AT, reason=REASON)
    hear(cancelled_on_chain(pending, pending.wallet.address))

    with pytest.raises(DomainError) as refusal:
        submission.recheck(operation)

    assert refusal.value.code == "RedemptionNoLongerPending"


def test_consent_stops_counting_when_what_it_rests_on_changes(pending, treasurer, officer):
    operation = settle(pending, treasurer)
    consent(operation.after, officer)
    consent(operation, officer)
    submission.recheck(operation)

    def raise_the_minimum() -> None:
        Redemption.objects.filter(pk=pending.pk).update(min_payment=455 * USDC)

    action(raise_the_minimum)()

    with pytest.raises(submission.ApprovalsMissing, match="min_payment"):
        submission.recheck(operation)
