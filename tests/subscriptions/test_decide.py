"""Approve, reject, hold, release: the officer's decisions, and what becomes of the mint."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from assets.models import Asset, CustodyProof
from assets.queries import CustodyProofMissing
from contracts import calls, operations, submission
from contracts.actions import approve_operation
from contracts.models import ChainOperation, State
from investors.models import Investor, Wallet
from investors.queries import InvestorNotEligible
from rwa_portal.core.approvals import RequesterCannotApprove
from rwa_portal.core.models import ERASED, AuditEvent, PersonKey, User
from subscriptions import actions, kinds, queries
from subscriptions.actions import decide
from subscriptions.hooks import SubscriptionNotApproved, recheck_mint
from subscriptions.models import Status, Subscription
from tests.people import AT
from tests.subscriptions import factories
from tests.subscriptions.factories import DAY, REASON, written


def approve(order, by, **changes):
    return actions.approve_subscription(
        **{"subscription_id": order.pk, "by": by, "at": AT, "reason": REASON, **changes}
    )


def act(name, order, by):
    return getattr(actions, name)(subscription_id=order.pk, by=by, at=AT, reason=REASON)


def now(order) -> Subscription:
    return Subscription.objects.get(pk=order.pk)


def test_approve_asks_for_one_mint_by_the_issuer_and_records_who(paid, officer):
    operation = approve(paid, officer)

    order = now(paid)
    assert (order.status, order.approved_by, order.approved_at) == ("APPROVED", officer, AT)
    assert (operation.kind, operation.key) == (kinds.MINT, f"subscription:{paid.pk}:mint")
    assert operation.state == "AWAITING_APPROVAL"
    assert operation.wallet == paid.asset.issuer.custody_wallet
    assert (operation.to, bytes(operation.calldata)) == calls.mint(paid.order_id)
    assert set(operation.facts) == {"payment", "investor_version", "custody_proof", "supply_cap"}
    event = AuditEvent.objects.get()
    assert (event.kind, event.by, event.facts["status"]) == ("subscription.approved", officer, "APPROVED")
    assert Subscription.history.latest().history_user == officer


def test_a_reason_is_ciphertext_and_goes_with_the_persons_key(paid, officer):
    approve(paid, officer)
    event = AuditEvent.objects.get()

    assert REASON.encode() not in bytes(event.reason)
    assert event.reason_text == REASON
    PersonKey.objects.filter(pk=paid.investor_id).delete()
    assert event.reason_text == ERASED


def unverify(order):
    Investor.objects.filter(pk=order.investor_id).update(kyc_status="REJECTED")


def remove_from_allowlist(order):
    Wallet.objects.filter(pk=order.wallet_id).update(allowlisted_at=None)


def end_proof(order):
    CustodyProof.objects.filter(asset=order.asset).update(status="EXPIRED")


def outlive_proof(order):
    CustodyProof.objects.filter(asset=order.asset).update(expiry_at=AT)


def lower_cap(order):
    Asset.objects.filter(pk=order.asset_id).update(supply_cap=249)


def run_out(order):
    Subscription.objects.filter(pk=order.pk).update(
        created_at=AT - 30 * DAY, pay_by=AT - 20 * DAY, settle_by=AT - DAY
    )


def become(status):
    def spoil(order):
        Subscription.objects.filter(pk=order.pk).delete()
        officer = User.objects.get(email="officer.a@portal.example")
        fresh = factories.order_in(status, order.asset, order.wallet, officer)
        order.pk = fresh.pk

    return spoil


REFUSALS = [
    *[(become(status), decide.SubscriptionNotPaid) for status in Status.values if status != "PAID"],
    (unverify, InvestorNotEligible),
    (remove_from_allowlist, InvestorNotEligible),
    (end_proof, CustodyProofMissing),
    (outlive_proof, CustodyProofMissing),
    (lower_cap, queries.SupplyCapExceeded),
    (run_out, decide.SettlementTooLate),
]


@pytest.mark.parametrize(("spoil", "error"), REFUSALS)
def test_a_refused_approval_writes_nothing(paid, officer, spoil, error):
    spoil(paid)
    before = written()

    with pytest.raises(error):
        approve(paid, officer)

    assert written() == before


def test_nobody_approves_an_order_of_their_own(paid, buyer):
    before = written()

    with pytest.raises(RequesterCannotApprove):
        approve(paid, buyer)

    assert written() == before


def test_who_placed_it_for_the_investor_cannot_approve_it_either(paid, officer):
    Subscription.objects.filter(pk=paid.pk).update(requested_by=officer)
    before = written()

    with pytest.raises(RequesterCannotApprove):
        approve(paid, officer)

    assert written() == before


def test_a_failure_in_the_last_step_leaves_nothing(paid, officer, monkeypatch):
    def broken(*_, **__):
        raise RuntimeError

    monkeypatch.setattr(AuditEvent, "record", broken)
    before = written()

    with pytest.raises(RuntimeError):
        approve(paid, officer)

    assert written() == before


@pytest.mark.django_db(transaction=True)
def test_eight_officers_at_once_ask_for_one_mint(paid, officer):
    def race(_):
        try:
            approve(paid, officer)
            return "approved"
        except decide.SubscriptionNotPaid:
            return "refused"
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        results = sorted(pool.map(race, range(8)))

    assert results == ["approved"] + ["refused"] * 7
    assert ChainOperation.objects.count() == AuditEvent.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_orders_racing_for_the_last_units_stay_under_the_cap(asset, officer):
    Asset.objects.filter(pk=asset.pk).update(supply_cap=1000)
    buyers = [factories.make_buyer() for _ in range(8)]
    orders = [factories.order_in("PAID", asset, wallet, officer, units=300) for wallet in buyers]

    def race(order):
        try:
            approve(order, officer)
            return "approved"
        except queries.SupplyCapExceeded:
            return "refused"
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        results = sorted(pool.map(race, orders))

    assert results == ["approved"] * 3 + ["refused"] * 5
    assert queries.sold(asset) == 900


def test_a_held_order_that_was_approved_still_counts_against_the_cap(asset, officer, wallet):
    Asset.objects.filter(pk=asset.pk).update(supply_cap=500)
    first, second = (factories.order_in("PAID", asset, wallet, officer, units=300) for _ in range(2))
    approve(first, officer)
    act("hold_subscription", first, officer)

    with pytest.raises(queries.SupplyCapExceeded):
        approve(second, officer)


def test_another_persons_consent_queues_the_mint(paid, officer, second):
    operation = approve(paid, officer)

    approve_operation(operation_id=operation.pk, by=second, at=AT, reason=REASON)

    operation.refresh_from_db()
    assert (operation.state, operations.approvals(operation)) == ("QUEUED", "1/1")


def test_consent_stops_counting_when_the_investor_changes(paid, officer, second):
    operation = approve(paid, officer)
    approve_operation(operation_id=operation.pk, by=second, at=AT, reason=REASON)
    Investor.objects.get(pk=paid.investor_id).save()  # a new version

    operation.refresh_from_db()
    assert operations.current_digest(operation) != operation.digest


@pytest.mark.parametrize("spoil", [unverify, end_proof, lower_cap])
def test_the_recheck_refuses_what_no_longer_holds(paid, officer, spoil):
    operation = approve(paid, officer)
    spoil(paid)

    with pytest.raises((InvestorNotEligible, CustodyProofMissing, queries.SupplyCapExceeded)):
        recheck_mint(operation)


def test_a_mint_that_fails_returns_the_order_to_paid_and_it_can_be_approved_again(paid, officer):
    operation = approve(paid, officer)

    submission.cancel(operation_id=operation.pk, reason="PolicyDenied", at=AT)

    order = now(paid)
    assert (order.status, order.approved_by, order.approved_at) == ("PAID", None, None)
    event = AuditEvent.objects.get(kind="subscription.mint_failed")
    assert (event.by.service_name, event.reason_text) == ("custody", "PolicyDenied")
    assert approve(paid, officer).pk != operation.pk


def test_reject_an_unpaid_order_asks_for_nothing(order, officer):
    act("reject_subscription", order, officer)

    assert now(order).status == "REJECTED"
    assert not ChainOperation.objects.exists()


def test_reject_a_paid_order_asks_the_issuer_to_cancel_it(paid, officer):
    act("reject_subscription", paid, officer)

    operation = ChainOperation.objects.get()
    assert now(paid).status == "REJECTED"
    assert (operation.kind, operation.wallet) == (kinds.CANCEL_ORDER, paid.asset.issuer.custody_wallet)
    expected = calls.cancel_order(paid.asset.escrow_address, paid.order_id)
    assert (operation.to, bytes(operation.calldata)) == expected


ONE_STATE = [
    ("reject_subscription", ["REQUESTED", "PAID"], decide.SubscriptionNotRejectable),
    ("hold_subscription", ["PAID", "APPROVED"], decide.SubscriptionNotHoldable),
    ("release_subscription", ["HELD"], decide.SubscriptionNotHeld),
]


@pytest.mark.parametrize(
    ("name", "status", "error"),
    [(name, s, error) for name, allowed, error in ONE_STATE for s in Status.values if s not in allowed],
)
def test_a_decision_in_the_wrong_state_writes_nothing(asset, wallet, officer, name, status, error):
    order = factories.order_in(status, asset, wallet, officer)
    before = written()

    with pytest.raises(error):
        act(name, order, officer)

    assert written() == before


def test_a_held_paid_order_is_released_to_paid(paid, officer):
    act("hold_subscription", paid, officer)
    assert now(paid).status == "HELD"

    act("release_subscription", paid, officer)

    assert now(paid).status == "PAID"
    kinds_written = AuditEvent.objects.order_by("id").values_list("kind", flat=True)
    assert list(kinds_written) == ["subscription.held", "subscription.released"]


def test_the_mint_of_a_held_order_is_not_sent(paid, officer):
    operation = approve(paid, officer)
    act("hold_subscription", paid, officer)

    with pytest.raises(SubscriptionNotApproved):
        recheck_mint(operation)


def test_a_held_order_goes_on_as_approved_while_its_mint_lives(paid, officer):
    approve(paid, officer)
    act("hold_subscription", paid, officer)

    act("release_subscription", paid, officer)

    assert (now(paid).status, now(paid).approved_by) == ("APPROVED", officer)


def test_a_held_order_whose_mint_failed_is_released_to_paid(paid, officer):
    operation = approve(paid, officer)
    act("hold_subscription", paid, officer)
    submission.cancel(operation_id=operation.pk, reason="Held", at=AT)
    assert now(paid).status == "HELD"

    act("release_subscription", paid, officer)

    assert (now(paid).status, now(paid).approved_by) == ("PAID", None)


def test_a_mint_that_came_through_while_the_order_was_held_is_booked_after_its_release(paid, officer):
    operation = approve(paid, officer)
    ChainOperation.objects.filter(pk=operation.pk).update(
        state=State.CONFIRMED, tx_hash=factories.HASH, block_number=1, block_hash=factories.HASH
    )
    act("hold_subscription", paid, officer)
    settled = factories.settled(paid)
    with pytest.raises(Exception, match="HELD"):
        factories.react(settled)

    act("release_subscription", paid, officer)
    factories.hear(settled)

    assert now(paid).status == "MINTED"
