"""S10: an investor who may no longer hold gets nothing, however late that becomes known."""

import pytest

from contracts import calls
from contracts.models import Purpose
from contracts.wallets import platform
from investors.queries import InvestorNotEligible
from tests.flows import market
from tests.flows.world import key_of, status_of


@pytest.fixture
def order(world, asset):
    return world.paid_order("investor.a", asset, 50)


@pytest.fixture
def mint(world, order):
    mint = world.approve(order)
    world.decide("officer.b", mint, "approve")
    assert status_of(mint) == "QUEUED"
    return mint


def freeze() -> calls.Encoded:
    return calls.call("ComplianceModule", "setWalletsFrozen", [key_of("investor.a").address], True)


def nothing_was_minted(world, asset, order) -> None:
    assert status_of(order) == "PAID"
    assert world.node.supply(asset.token_address) == 0
    assert world.node.usdc(asset.escrow_address) == order.payment_due


def test_an_investor_frozen_between_approval_and_mint_gets_no_units(world, asset, order, mint):
    world.node.send_as(platform(Purpose.FREEZER), freeze())
    world.node.mine(6)
    world.listen()  # the portal hears of it before it would send
    world.settle()

    assert status_of(mint) == "CANCELLED"
    assert mint.failure == InvestorNotEligible.__name__
    assert mint.tx_hash is None
    nothing_was_minted(world, asset, order)


def test_a_freeze_the_portal_has_not_heard_of_is_the_chains_to_refuse(world, asset, order, mint):
    world.node.send_as(platform(Purpose.FREEZER), freeze())
    world.settle()

    assert status_of(mint) == "REJECTED"
    assert mint.failure.startswith("WalletIsFrozen")
    nothing_was_minted(world, asset, order)


def test_a_freeze_that_overtakes_the_sent_mint_makes_it_revert(world, asset, order, mint):
    with world.node.not_mining():
        world.work()
        assert status_of(mint) == "BROADCAST"
        world.node.overtake_as(platform(Purpose.FREEZER), freeze())
    world.settle()

    assert status_of(mint) == "REVERTED"
    assert mint.failure.startswith("WalletIsFrozen")
    nothing_was_minted(world, asset, order)


def test_no_refund_reaches_a_frozen_wallet_and_the_money_stays_held(world, asset, order):
    world.node.send_as(platform(Purpose.FREEZER), freeze())
    world.settle()
    world.decide("officer.a", order, "reject")
    world.settle_with_approvals()

    assert status_of(order) == "REJECTED"
    assert world.node.usdc(asset.escrow_address) == order.payment_due


def test_a_red_verdict_between_approval_and_mint_stops_it_and_takes_the_wallet_off(
    world, asset, order, mint, vendor
):
    market.verdict(world, vendor, "investor.a", "FINAL")

    assert world.investor("investor.a").kyc_status == "REJECTED"
    assert (status_of(mint), mint.failure) == ("CANCELLED", "InvestorNotEligible")
    nothing_was_minted(world, asset, order)
    world.settle_with_approvals()
    assert world.investor("investor.a").wallets.get().allowlisted_at is None
