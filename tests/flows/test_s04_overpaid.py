"""S4: never more units than ordered; what is too much goes back and stops nothing."""

import pytest

from contracts import calls
from subscriptions.models import Payment
from subscriptions.queries import order_of
from tests.flows.market import USDC
from tests.flows.node import Refused
from tests.flows.world import key_of, status_of


def link(world, payment, order) -> None:
    world.decide("officer.a", payment, "propose", subscription_id=order.pk)
    world.decide("officer.b", payment, "confirm")
    world.settle_with_approvals()


def test_a_surplus_goes_back_and_the_mint_does_not_wait_for_it(world, asset):
    order = world.order("investor.b", asset, 50)
    payer = key_of("investor.b").address
    before = world.node.usdc(payer)
    world.transfer_usdc("investor.b", asset.escrow_address, 5_100 * USDC)
    world.settle()
    payment = Payment.objects.get()
    link(world, payment, order)
    assert (status_of(order), status_of(payment)) == ("PAID", "ALLOCATED")

    world.approve(order)
    world.settle_with_approvals()
    assert status_of(order) == "MINTED"
    assert world.node.usdc(asset.escrow_address) == 100 * USDC
    world.decide("officer.b", payment, "give_back")
    world.settle_with_approvals()

    payment.refresh_from_db()
    assert (payment.amount_allocated, payment.amount_returned) == (5_000 * USDC, 100 * USDC)
    assert world.node.usdc(payer) == before - 5_000 * USDC
    assert world.node.supply(asset.token_address) == 50


def test_a_second_payment_of_a_paid_order_is_nobodys_and_goes_back(world, asset):
    order = world.paid_order("investor.b", asset, 50)
    world.transfer_usdc("investor.b", asset.escrow_address, order.payment_due)
    world.settle()
    twice = Payment.objects.get(status="UNMATCHED")
    assert twice.subscription is None

    refused = world.press("officer.a", twice, "propose", subscription_id=order.pk)
    assert refused == "The order does not wait for a payment."
    world.approve(order)
    world.settle_with_approvals()
    assert world.node.supply(asset.token_address) == 50
    world.decide("officer.a", twice, "give_back")
    world.settle_with_approvals()

    assert status_of(twice) == "RETURNED"
    assert world.node.usdc(asset.escrow_address) == 0


def test_an_order_that_is_paid_cannot_be_paid_again_on_chain(world, asset):
    """Protects the order id: paid by signature, it cannot be paid again by the wallet's own deposit."""
    order = world.paid_order("investor.a", asset, 50)
    investor = key_of("investor.a")
    world.node.send(investor, calls.approve_usdc(asset.escrow_address, order.payment_due))

    with pytest.raises(Refused, match="WrongOrderStatus"):
        world.node.send(investor, calls.deposit(asset.escrow_address, order_of(order)))
