"""S11: what the preview says of a transfer is what the chain does, rule by rule."""

import random
from datetime import timedelta

import pytest

from contracts import calls, reads
from contracts.models import Purpose
from contracts.wallets import platform
from indexer import queries as indexer
from tests.flows import market
from tests.flows.node import Refused
from tests.flows.world import key_of

CASES = 40
# The error with which the chain refuses, and the rules that the preview must name then.
RULES = {
    "AssetNotActive": {"ASSET_PAUSED"},
    "NotAllowlisted": {"SENDER_NOT_ALLOWLISTED", "RECEIVER_NOT_ALLOWLISTED"},
    "ProfileExpired": {"SENDER_PROFILE_EXPIRED", "RECEIVER_PROFILE_EXPIRED"},
    "WalletIsFrozen": {"SENDER_FROZEN", "RECEIVER_FROZEN"},
    "WalletIsSanctioned": {"SENDER_SANCTIONED", "RECEIVER_SANCTIONED"},
    "JurisdictionRefused": {"RECEIVER_JURISDICTION"},
    "AddressIsFrozen": {"SENDER_FROZEN_FOR_ASSET", "RECEIVER_FROZEN_FOR_ASSET"},
    "ERC20InsufficientBalance": {"INSUFFICIENT_BALANCE"},
    "ERC7943InsufficientUnfrozenBalance": {"UNITS_FROZEN", "UNITS_LOCKED"},
    "LockUpActive": {"LOCK_UP"},
    "TooManyHolders": {"MAX_HOLDERS"},
    "BelowMinHolding": {"SENDER_MIN_HOLDING", "RECEIVER_MIN_HOLDING"},
}
WALLETS = ["investor.a", "investor.b", "investor.c", "american", "nobody", "frozen", "sanctioned", "expired"]


@pytest.fixture
def holders(world, asset):
    """A and B hold 50 each."""
    for name in ("investor.a", "investor.b"):
        world.sign_payment(world.order(name, asset, 50), name)
    world.settle()
    for order in asset.subscriptions.all():
        world.approve(order)
    world.settle_with_approvals()
    assert world.node.supply(asset.token_address) == 100


@pytest.fixture
def others(world):
    """Wallets of people the platform knows, each with one thing that is wrong."""
    far = world.node.time() + 365 * 86_400
    profiles = [
        calls.Profile(key_of("american").address, far, "US", "RETAIL", 11),
        calls.Profile(key_of("frozen").address, far, "DE", "RETAIL", 12),
        calls.Profile(key_of("sanctioned").address, far, "DE", "RETAIL", 13),
        calls.Profile(key_of("expired").address, world.node.time() + 30, "DE", "RETAIL", 14),
    ]
    world.node.send_as(platform(Purpose.COMPLIANCE), calls.set_profiles_and_allowlist(profiles))
    world.platform_calls(
        Purpose.FREEZER, "ComplianceModule", "setWalletsFrozen", [key_of("frozen").address], True
    )
    wallets = [key_of("sanctioned").address]
    world.platform_calls(Purpose.COMPLIANCE, "ComplianceModule", "setSanctioned", wallets, True)
    world.pass_time(timedelta(minutes=1))


def preview(asset, from_: str, to: str, units: int) -> set[str]:
    failed = reads.explain(asset.token_address, key_of(from_).address, key_of(to).address, units)
    return {rule.name for rule in failed}


def attempt(world, asset, from_: str, to: str, units: int) -> str:
    """Say with which error the chain refuses the holder's own call; empty if it passes."""
    call = calls.transfer_units(asset.token_address, key_of(to).address, units)
    try:
        world.node.try_call(key_of(from_).address, call)
    except Refused as refusal:
        return str(refusal).partition("(")[0]
    return ""


def test_a_refused_transfer_is_explained_by_every_rule_it_breaks(world, asset, holders):
    b, d = key_of("investor.b"), key_of("american")
    named = preview(asset, "investor.b", "american", 5)
    assert named == {
        "RECEIVER_NOT_ALLOWLISTED",
        "RECEIVER_JURISDICTION",
        "LOCK_UP",
        "RECEIVER_MIN_HOLDING",
    }
    with pytest.raises(Refused, match="NotAllowlisted"):
        world.node.send(b, calls.transfer_units(asset.token_address, d.address, 5))

    world.pass_time(market.LOCK_UP)
    assert preview(asset, "investor.b", "investor.c", 20) == set()
    world.node.send(b, calls.transfer_units(asset.token_address, key_of("investor.c").address, 20))
    world.settle()
    assert indexer.holding(asset.token_address, key_of("investor.c").address) == 20


def test_the_holder_limit_counts_persons_and_is_explained(world, asset, holders):
    """A fourth holder is refused; a third, and one's own second wallet, are not."""
    far = world.node.time() + 365 * 86_400
    own = int(world.investor("investor.a").chain_investor_id)
    profiles = [
        calls.Profile(key_of("fourth").address, far, "DE", "RETAIL", 21),
        calls.Profile(key_of("investor.a's other wallet").address, far, "DE", "RETAIL", own),
    ]
    world.node.send_as(platform(Purpose.COMPLIANCE), calls.set_profiles_and_allowlist(profiles))
    world.pass_time(market.LOCK_UP)
    a = key_of("investor.a")
    for name in ("investor.a's other wallet", "investor.c"):
        assert preview(asset, "investor.a", name, 10) == set()
        world.node.send(a, calls.transfer_units(asset.token_address, key_of(name).address, 10))

    assert preview(asset, "investor.a", "fourth", 10) == {"MAX_HOLDERS"}
    assert attempt(world, asset, "investor.a", "fourth", 10) == "TooManyHolders"
    world.settle()
    assert len(indexer.holdings(asset.token_address)) == 4  # wallets; three persons


@pytest.mark.parametrize("state", ["locked up", "free", "paused"])
def test_preview_and_chain_agree_on_random_transfers(world, asset, holders, others, state):
    if state != "locked up":
        world.pass_time(market.LOCK_UP)
    world.platform_calls_asset(asset, Purpose.FREEZER, "setFrozenTokens", key_of("investor.a").address, 15)
    if state == "paused":
        world.platform_calls_asset(asset, Purpose.PAUSER, "pause")
    dice, passed, seen = random.Random(11 + len(state)), 0, set()

    for _ in range(CASES):
        from_ = dice.choice(["investor.a", "investor.b", "investor.a", "investor.b", *WALLETS])
        to = dice.choice(WALLETS)
        units = dice.choice([0, 1, 5, 10, 20, 35, 36, 40, 50, 51])
        named, error = preview(asset, from_, to, units), attempt(world, asset, from_, to, units)
        case = (state, from_, to, units, named, error)
        assert bool(named) == bool(error), case
        if error:
            assert RULES[error] & named, case
        passed += not error
        seen |= named

    assert len(seen) >= 6
    assert (passed > 0) == (state == "free")
