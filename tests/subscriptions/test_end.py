"""Expiry by the clock, and the two ways back for an order's money."""

import pytest

from contracts import calls
from contracts.models import ChainOperation
from indexer import queries as chain
from rwa_portal.core.models import User
from subscriptions import actions, hooks, kinds, tasks
from subscriptions.actions import end
from subscriptions.models import Status, Subscription
from tests.people import AT
from tests.subscriptions import factories
from tests.subscriptions.factories import DAY, HASH, REASON, written

LATE = AT + 3 * DAY


@pytest.fixture
def clock(db):
    return User.service("clock")


def expire(order, clock, at=LATE):
    return actions.expire_subscription(subscription_id=order.pk, by=clock, at=at)


def refund(order, by, at=AT):
    return actions.refund_subscription(subscription_id=order.pk, by=by, at=at, reason=REASON)


def now(order) -> Subscription:
    return Subscription.objects.get(pk=order.pk)


@pytest.mark.parametrize("status", ["REQUESTED", "UNDERPAID"])
def test_what_was_not_paid_in_time_expires(asset, wallet, officer, clock, status):
    order = factories.order_in(status, asset, wallet, officer)
    factories.chain_read_until(LATE)

    expire(order, clock)

    assert now(order).status == "EXPIRED"
    assert Subscription.history.latest().history_user == clock


@pytest.mark.parametrize("status", [s for s in Status.values if s not in ("REQUESTED", "UNDERPAID")])
def test_nothing_else_expires(asset, wallet, officer, clock, status):
    order = factories.order_in(status, asset, wallet, officer)
    factories.chain_read_until(LATE)
    before = written()

    with pytest.raises(end.SubscriptionNotOverdue):
        expire(order, clock)

    assert written() == before


def early(order, officer, second, monkeypatch):
    return LATE - DAY


def unread(order, officer, second, monkeypatch):
    factories.chain_read_until(LATE - DAY)


def seen(order, officer, second, monkeypatch):
    found = chain.Seen(confirmations=1, needed=2, tx_hash=HASH, block_number=7, payload={})
    monkeypatch.setattr(chain, "seen", lambda name, **payload: found)


def linked_in_full(order, officer, second, monkeypatch):
    factories.linked_payment(order, order.payment_due, officer, second)


@pytest.mark.parametrize("hope", [early, unread, seen, linked_in_full])
def test_an_order_that_may_still_turn_out_paid_does_not_expire(
    order, clock, officer, second, monkeypatch, hope
):
    factories.chain_read_until(LATE)
    at = hope(order, officer, second, monkeypatch) or LATE
    before = written()

    with pytest.raises((end.SubscriptionNotOverdue, end.PaymentUnderWay)):
        expire(order, clock, at=at)

    assert written() == before


def test_without_an_indexer_nothing_expires(order, clock):
    with pytest.raises(end.PaymentUnderWay):
        expire(order, clock)


def test_the_task_ends_what_is_overdue_and_passes_over_the_rest(asset, wallet, officer, second, monkeypatch):
    overdue, hopeful = (factories.order_in("REQUESTED", asset, wallet, officer) for _ in range(2))
    factories.order_in("PAID", asset, wallet, officer)
    factories.linked_payment(hopeful, hopeful.payment_due, officer, second)
    factories.chain_read_until(LATE)
    monkeypatch.setattr("django.utils.timezone.now", lambda: LATE)

    assert tasks.expire_subscriptions() == 1
    assert tasks.expire_subscriptions() == 0

    assert (now(overdue).status, now(hopeful).status) == ("EXPIRED", "REQUESTED")


def ended(asset, wallet, officer, status):
    order = factories.order_in(status, asset, wallet, officer)
    factories.hear(factories.funded(order))
    return now(order)


@pytest.mark.parametrize("status", ["REJECTED", "EXPIRED"])
def test_before_its_time_the_issuer_sends_an_ended_orders_money_back(asset, wallet, officer, status):
    order = ended(asset, wallet, officer, status)

    operation = refund(order, officer)

    assert (operation.kind, operation.wallet) == (kinds.CANCEL_ORDER, asset.issuer.custody_wallet)
    assert operation.state == "AWAITING_APPROVAL"
    expected = calls.cancel_order(asset.escrow_address, order.order_id)
    assert (operation.to, bytes(operation.calldata)) == expected
    assert now(order).status == status  # OrderRefunded alone makes it REFUNDED


@pytest.mark.parametrize("status", ["PAID", "REJECTED", "EXPIRED"])
def test_after_its_time_anyone_gets_it_back_without_approvals(asset, wallet, officer, buyer, status):
    order = factories.order_in(status, asset, wallet, officer)
    Subscription.objects.filter(pk=order.pk).update(payment_tx_hash=HASH, paid_at=AT)

    operation = refund(now(order), buyer, at=AT + 18 * DAY)

    assert (operation.kind, operation.state, operation.wallet.purpose) == (kinds.REFUND, "QUEUED", "RELAYER")
    expected = calls.refund(asset.escrow_address, order.order_id)
    assert (operation.to, bytes(operation.calldata)) == expected


def test_a_paid_order_that_can_still_be_minted_is_not_refunded(paid, buyer):
    before = written()

    with pytest.raises(end.RefundTooEarly):
        refund(paid, buyer, at=paid.settle_by)

    assert written() == before


@pytest.mark.parametrize("status", ["REQUESTED", "UNDERPAID", "EXPIRED", "REJECTED", "MINTED", "REFUNDED"])
def test_without_money_in_the_escrow_there_is_nothing_to_refund(asset, wallet, officer, buyer, status):
    order = factories.order_in(status, asset, wallet, officer)
    before = written()

    with pytest.raises(end.NothingToRefund):
        refund(order, buyer, at=AT + 18 * DAY)

    assert written() == before


def test_a_refund_is_asked_for_once(asset, wallet, officer):
    order = ended(asset, wallet, officer, "REJECTED")
    refund(order, officer)
    before = written()

    with pytest.raises(end.RefundUnderWay):
        refund(order, officer)

    assert written() == before


def test_the_recheck_refuses_a_refund_that_has_happened(asset, wallet, officer):
    order = ended(asset, wallet, officer, "REJECTED")
    operation = refund(order, officer)
    assert hooks.recheck_refund(operation) == operation.facts

    factories.hear(factories.refunded(order))

    with pytest.raises(hooks.NoRefundDue):
        hooks.recheck_refund(operation)
    assert ChainOperation.objects.count() == 1
