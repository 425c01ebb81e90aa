"""S5: a payment is never guessed to be somebody's, even if its amount fits exactly one open order."""

from contracts.models import ChainOperation, Purpose
from subscriptions.admin import PaymentAdmin
from subscriptions.models import Payment
from subscriptions.queries import suggested_order
from tests.flows import market
from tests.flows.market import USDC
from tests.flows.world import key_of, status_of

UNPROVEN = "The payer is no proven wallet of the order's investor. Have it proven, or return the payment."


def pay_from(world, asset, name: str, amount: int) -> Payment:
    world.give_usdc(key_of(name).address, amount)
    world.transfer_usdc(name, asset.escrow_address, amount)
    world.settle()
    return Payment.objects.get(payer=key_of(name).address)


def test_a_payment_from_an_unproven_wallet_is_held_until_the_wallet_is_proven(world, asset):
    order = world.order("investor.a", asset, 50)
    payment = pay_from(world, asset, "investor.a's other wallet", order.payment_due)
    assert (payment.status, status_of(order)) == ("UNMATCHED", "REQUESTED")
    assert suggested_order(payment) is None
    assert world.press("officer.a", payment, "propose", subscription_id=order.pk) == UNPROVEN
    payment.refresh_from_db()
    assert payment.proposed_order is None

    market.prove_wallet(world, "investor.a", key_of("investor.a's other wallet"))
    market.allow(world, "investor.a")
    world.decide("officer.a", payment, "propose", subscription_id=order.pk)
    world.decide("officer.b", payment, "confirm")
    world.settle_with_approvals()
    assert (status_of(payment), status_of(order)) == ("ALLOCATED", "PAID")
    world.approve(order)
    world.settle_with_approvals()

    assert status_of(order) == "MINTED"


def test_a_strangers_payment_of_exactly_the_price_can_only_go_back(world, asset):
    order = world.order("investor.a", asset, 50)
    payment = pay_from(world, asset, "an exchange's hot wallet", order.payment_due)
    assert suggested_order(payment) is None
    assert world.press("officer.a", payment, "propose", subscription_id=order.pk) == UNPROVEN
    world.decide("officer.b", payment, "give_back")
    world.settle_with_approvals()

    assert (status_of(payment), status_of(order)) == ("RETURNED", "REQUESTED")
    assert world.node.usdc(key_of("an exchange's hot wallet").address) == 5_000 * USDC


def test_a_payment_that_fits_is_suggested_and_nothing_more(world, asset):
    order = world.order("investor.a", asset, 50)
    world.transfer_usdc("investor.a", asset.escrow_address, order.payment_due)
    world.settle()
    payment = Payment.objects.get()

    assert suggested_order(payment) == order
    assert "a suggestion only" in PaymentAdmin.suggestion(None, payment)
    assert (status_of(payment), status_of(order)) == ("UNMATCHED", "REQUESTED")


def test_a_sanctioned_payers_money_stays_where_it_is(world, asset):
    payment = pay_from(world, asset, "a sanctioned wallet", 70 * USDC)
    world.platform_calls(
        Purpose.COMPLIANCE,
        "ComplianceModule",
        "setSanctioned",
        [key_of("a sanctioned wallet").address],
        True,
    )
    world.decide("officer.a", payment, "give_back")
    world.settle_with_approvals()

    refused = ChainOperation.objects.get(kind="subscriptions.return_payment")
    assert refused.state == "REJECTED"
    assert refused.failure.startswith("WalletIsSanctioned")
    assert status_of(payment) == "UNMATCHED"
    assert world.node.usdc(asset.escrow_address) == 70 * USDC
