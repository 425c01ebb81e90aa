"""S7.5: what the chain refuses costs nobody anything: the order is PAID again and the money stays."""

from contracts import calls
from contracts.models import Purpose
from contracts.wallets import platform
from tests.flows.world import status_of


def test_a_mint_that_reverts_in_its_block_leaves_the_order_paid_and_the_escrow_untouched(world, asset):
    order = world.paid_order("investor.a", asset, 50)
    mint = world.approve(order)
    world.decide("officer.b", mint, "approve")
    with world.node.not_mining():
        world.work()
        assert status_of(mint) == "BROADCAST"
        world.node.overtake_as(platform(Purpose.PAUSER), calls.revoke_backing(asset.token_address))
    world.settle()

    assert (status_of(mint), status_of(order)) == ("REVERTED", "PAID")
    assert mint.failure.startswith("NotAttested"), mint.failure
    assert world.node.usdc(asset.escrow_address) == order.payment_due
    assert world.node.supply(asset.token_address) == 0
    trail = order.history.order_by("history_id").values_list("history_change_reason", flat=True)
    assert list(trail)[-1] == "subscription.mint_failed"


def test_a_mint_that_would_revert_is_refused_before_it_is_sent(world, asset):
    """The portal believes the proof is good; the chain, asked first, knows better."""
    order = world.paid_order("investor.a", asset, 50)
    mint = world.approve(order)
    world.decide("officer.b", mint, "approve")
    world.node.send_as(platform(Purpose.PAUSER), calls.revoke_backing(asset.token_address))
    world.settle()

    assert (status_of(mint), status_of(order)) == ("REJECTED", "PAID")
    assert mint.failure.startswith("NotAttested"), mint.failure
    assert mint.tx_hash is None
    refused = world.api("officer.a").post(
        f"/api/subscriptions/{order.pk}/approve", {"reason": "Once more, please."}, format="json"
    )
    assert (refused.status_code, refused.json()["code"]) == (409, "CustodyProofMissing")


def test_an_order_whose_mint_failed_can_be_approved_anew_and_is_minted_once(world, asset):
    """Protects the key of living operations and the contract's order id at once."""
    order = world.paid_order("investor.a", asset, 50)
    first = world.approve(order)
    world.decide("officer.b", first, "cancel")
    assert (status_of(first), status_of(order)) == ("CANCELLED", "PAID")

    second = world.approve(order)
    world.settle_with_approvals()

    assert (status_of(second), status_of(order)) == ("CONFIRMED", "MINTED")
    refused = world.api("officer.a").post(
        f"/api/subscriptions/{order.pk}/approve", {"reason": "Once more, please."}, format="json"
    )
    assert (refused.status_code, refused.json()["code"]) == (409, "SubscriptionNotPaid")
    assert world.node.supply(asset.token_address) == 50
