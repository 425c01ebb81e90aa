"""An order an officer refuses: the money goes back to whoever paid, by two people."""

from datetime import timedelta

from contracts.models import ChainOperation
from subscriptions.models import Refund
from tests.flows.world import key_of, status_of


def test_a_rejected_order_is_cancelled_on_chain_and_refunded(world, asset):
    payer = key_of("investor.a").address
    before = world.node.usdc(payer)
    order = world.paid_order("investor.a", asset, 50)
    world.decide("officer.a", order, "reject")
    cancel = ChainOperation.objects.get(kind="subscriptions.cancel_order")
    world.settle()
    assert (status_of(order), status_of(cancel)) == ("REJECTED", "AWAITING_APPROVAL")
    assert world.node.usdc(payer) == before - order.payment_due

    world.decide("officer.b", cancel, "approve")
    world.settle()

    assert (status_of(order), status_of(cancel)) == ("REFUNDED", "CONFIRMED")
    assert world.node.usdc(payer) == before
    assert Refund.objects.get().payee == payer


def test_an_order_nobody_decided_about_is_the_investors_to_take_back_after_settle_by(world, asset):
    """Nobody's approval is asked: the contract pays the payer alone."""
    payer = key_of("investor.a").address
    before = world.node.usdc(payer)
    order = world.paid_order("investor.a", asset, 50)
    page = f"/orders/{order.pk}/refund"
    world.browser("investor.a").post(page)
    assert not ChainOperation.objects.filter(kind="subscriptions.refund").exists()

    world.pass_time(order.settle_by - world.now() + timedelta(minutes=1))
    answer = world.api("officer.a").post(
        f"/api/subscriptions/{order.pk}/approve", {"reason": "Late, but fine."}, format="json"
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "SettlementTooLate")
    world.browser("investor.a").post(page)
    world.settle()

    assert status_of(order) == "REFUNDED"
    assert world.node.usdc(payer) == before
