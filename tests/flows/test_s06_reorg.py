"""S6: a payment counts when it is deep enough; what the chain takes back before that never counted."""

import pytest

from contracts import calls
from contracts.models import ChainOperation
from indexer.models import EventLog, Incident, Reorg
from subscriptions.models import OrderFact, Payment
from subscriptions.queries import order_of
from tests.contracts import chain
from tests.flows.world import CONFIRMATIONS, key_of, status_of

FUNDED = "OrderFunded"


@pytest.fixture
def order(world, asset):
    return world.order("investor.a", asset, 50)


@pytest.fixture
def deposit(world, asset, order):
    """The investor's own wallet pays, so that the portal has nothing to send again."""
    investor = key_of("investor.a")
    world.node.send(investor, calls.approve_usdc(asset.escrow_address, order.payment_due))
    world.settle()
    signed = world.node.sign(investor, calls.deposit(asset.escrow_address, order_of(order)))
    world.node.send_raw(signed)
    world.work()
    return signed


def note_of(world, order) -> str:
    return world.browser("investor.a").get(f"/orders/{order.pk}/state").json()["steps"][1]["note"]


def logs_of(order):
    return EventLog.objects.filter(event_name=FUNDED, decoded_payload__orderId=order.order_id)


def test_a_payment_which_a_reorg_drops_never_counted_and_is_kept_on_record(world, order, deposit):
    world.node.mine(2)
    world.work()
    assert (status_of(order), note_of(world, order)) == ("REQUESTED", "2/5 confirmations")

    world.node.reorg(3)
    world.work()
    assert note_of(world, order) == "5,000.000000 USDC to pay"
    world.node.mine(10)
    world.settle()

    assert status_of(order) == "REQUESTED"
    assert Reorg.objects.get().depth == 3
    assert [log.block.is_canonical for log in logs_of(order)] == [False]
    assert not Payment.objects.exists() and not OrderFact.objects.exists()
    history = order.history.values_list("status", flat=True)
    assert set(history) == {"REQUESTED"}


def test_a_payment_mined_again_elsewhere_counts_once(world, asset, order, deposit):
    world.node.mine(2)
    world.work()
    world.node.reorg(3)
    world.node.mine(2)
    world.transfer_usdc("investor.b", asset.escrow_address, 1)  # so that its log has another index, too
    world.node.send_raw(deposit)
    world.settle()

    assert status_of(order) == "PAID"
    assert sorted(log.block.is_canonical for log in logs_of(order)) == [False, True]
    assert Payment.objects.filter(status="FUNDED").count() == OrderFact.objects.count() == 1
    paid = [state for state in order.history.values_list("status", flat=True) if state == "PAID"]
    assert paid == ["PAID"]


def test_a_relayed_payment_which_a_reorg_drops_is_sent_again_by_the_portal(world, order):
    """Protects MINED -> BROADCAST and the sending of what the node has lost, with the same bytes."""
    world.sign_payment(order, "investor.a")
    world.work()
    operation = ChainOperation.objects.get(kind="subscriptions.relay_deposit")
    assert status_of(operation) == "MINED"
    tx_hash = operation.tx_hash

    world.node.reorg(1)
    world.node.mine()
    world.work()
    assert (status_of(operation), status_of(order)) == ("BROADCAST", "REQUESTED")
    world.node.mine(12)
    world.settle()

    assert (status_of(operation), operation.tx_hash) == ("CONFIRMED", tx_hash)
    assert status_of(order) == "PAID"
    assert Payment.objects.filter(status="FUNDED").count() == 1


def test_a_reorg_deeper_than_the_confirmations_halts_every_mint(world, asset, order, deposit):
    paid_in = world.node.head()
    world.node.mine(CONFIRMATIONS)
    world.work()
    assert status_of(order) == "PAID"
    mint = world.approve(order)
    world.decide("officer.b", mint, "approve")
    assert status_of(mint) == "QUEUED"

    assert world.node.head() - paid_in == CONFIRMATIONS
    world.node.reorg(CONFIRMATIONS + 1)
    world.node.mine()
    world.listen()
    incident = Incident.objects.get()
    assert (incident.kind, incident.halts_sending) == ("DEEP_REORG", True)
    world.settle()

    assert (status_of(mint), status_of(order)) == ("QUEUED", "APPROVED")
    assert world.node.supply(asset.token_address) == 0
    assert mint.attempts.count() == 0
    refused = world.press("operations", incident, "close_incident")
    assert "still off the chain" in refused
    world.escrow_was_reorganised = True  # the chain has no payment, the books have: that is the incident


def test_a_mined_mint_which_a_reorg_drops_is_minted_once(world, asset):
    order = world.paid_order("investor.a", asset, 50)
    world.decide("officer.b", world.approve(order), "approve")
    world.work()
    mint = ChainOperation.objects.get(kind="subscriptions.mint")
    assert (status_of(mint), status_of(order)) == ("MINED", "APPROVED")

    world.node.reorg(1)
    assert world.node.supply(asset.token_address) == 0
    world.node.mine()
    world.work()
    assert status_of(mint) == "BROADCAST"
    world.node.mine(12)
    world.settle()

    assert (status_of(mint), status_of(order)) == ("CONFIRMED", "MINTED")
    assert world.node.supply(asset.token_address) == 50
    assert mint.attempts.count() == 1
    assert chain.nonce_of(mint.wallet.address) == 1
