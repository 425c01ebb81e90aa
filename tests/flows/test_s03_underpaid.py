"""S3: tolerance is zero; two receipts may pay one order; what was sent for an order that ends goes back."""

from datetime import timedelta

import pytest

from subscriptions import queries
from subscriptions.models import Payment
from tests.flows.market import USDC
from tests.flows.world import key_of, status_of

CENT = USDC // 100


@pytest.fixture
def order(world, asset):
    return world.order("investor.a", asset, 50)


@pytest.fixture
def short(world, asset, order):
    """A cent too little, linked by two people."""
    world.transfer_usdc("investor.a", asset.escrow_address, order.payment_due - CENT)
    world.settle()
    payment = Payment.objects.get()
    assert (payment.status, status_of(order)) == ("UNMATCHED", "REQUESTED")
    world.decide("officer.a", payment, "propose", subscription_id=order.pk)
    refused = world.press("officer.a", payment, "confirm")
    assert refused == "Another person must confirm what you proposed."
    assert status_of(payment) == "UNMATCHED"
    world.decide("officer.b", payment, "confirm")
    world.settle_with_approvals()
    return payment


def test_an_order_a_cent_short_is_underpaid_until_the_cent_comes(world, asset, order, short):
    assert (status_of(short), status_of(order), queries.missing(order)) == ("LINKED", "UNDERPAID", CENT)
    stands = world.browser("investor.a").get(f"/orders/{order.pk}/state").json()
    assert "0.010000 USDC are missing" in stands["ribbon"]["text"]
    page = world.browser("investor.a").get(f"/orders/{order.pk}").content.decode()
    assert stands["ribbon"]["text"] in page
    answer = world.api("officer.a").post(
        f"/api/subscriptions/{order.pk}/approve", {"reason": "Almost all of it."}, format="json"
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "SubscriptionNotPaid")

    world.transfer_usdc("investor.a", asset.escrow_address, CENT)
    world.settle()
    rest = Payment.objects.get(amount=CENT)
    world.decide("officer.a", rest, "propose", subscription_id=order.pk)
    world.decide("officer.b", rest, "confirm")
    world.settle_with_approvals()
    assert (status_of(order), status_of(short), status_of(rest)) == ("PAID", "ALLOCATED", "ALLOCATED")

    world.approve(order)
    world.settle_with_approvals()
    assert status_of(order) == "MINTED"


def test_an_underpaid_order_expires_by_the_clock_and_its_payer_gets_all_back(world, asset, order, short):
    payer = key_of("investor.a").address
    before = world.node.usdc(payer)
    world.pass_time(timedelta(days=3))
    world.settle()
    assert status_of(order) == "EXPIRED"

    world.decide("officer.a", short, "give_back")
    world.settle()
    assert world.node.usdc(payer) == before  # one person sends nothing back
    world.settle_with_approvals()

    assert (status_of(short), status_of(order)) == ("RETURNED", "REFUNDED")
    assert world.node.usdc(payer) == before + order.payment_due - CENT
    assert world.node.usdc(asset.escrow_address) == 0


def test_an_order_does_not_expire_while_its_payment_waits_for_its_confirmations(world, asset, order):
    """Protects may_still_turn_out_paid: the payment was made in time, the clock is only faster."""
    world.pass_time(order.pay_by - world.now() - timedelta(seconds=30))
    world.sign_payment(order, "investor.a")
    world.work()
    world.pass_time(timedelta(minutes=1))
    world.work()
    assert order.pay_by < world.now()
    assert status_of(order) == "REQUESTED"

    world.settle()
    assert status_of(order) == "PAID"


def test_an_unpaid_order_expires_by_the_clock_and_takes_no_money_any_more(world, asset, order):
    world.pass_time(timedelta(days=3, minutes=1))
    world.settle()
    assert status_of(order) == "EXPIRED"

    world.transfer_usdc("investor.a", asset.escrow_address, order.payment_due)
    world.settle()
    late = Payment.objects.get()
    refused = world.press("officer.a", late, "propose", subscription_id=order.pk)
    assert refused == "The order does not wait for a payment."
    world.decide("officer.a", late, "give_back")
    world.settle_with_approvals()

    assert (status_of(late), status_of(order)) == ("RETURNED", "EXPIRED")
    assert world.node.usdc(asset.escrow_address) == 0
