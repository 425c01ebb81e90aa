"""S12: a dividend funded short, a blacklisted holder, dust, late buyers, a snapshot that is taken back."""

from datetime import timedelta

import pytest
from django.urls import reverse

from contracts.calls import dividends as calls
from contracts.models import ChainOperation
from corporate_actions import queries_dividends as queries
from corporate_actions.models import DividendClaim, DividendDistribution
from tests.flows import dividends, market
from tests.flows.market import USDC
from tests.flows.node import Refused
from tests.flows.world import key_of, status_of

UNITS = {"investor.a": 50, "investor.b": 30, "investor.c": 20}


@pytest.fixture
def holders(world, asset):
    for name, units in UNITS.items():
        world.minted_order(name, asset, units)
    return asset


def received(world, name: str) -> int:
    """What came in beyond what was left after paying the order, in micro-USDC."""
    return world.node.usdc(key_of(name).address) - market.FUNDS + UNITS[name] * market.PRICE


def shares(distribution: DividendDistribution) -> dict[str, queries.Entitlement]:
    by_wallet = {each.wallet: each for each in queries.entitlements(distribution)}
    return {name: by_wallet[key_of(name).address] for name in UNITS}


def test_claims_open_when_the_last_cent_is_there_and_each_holder_is_paid_once(world, holders):
    distribution = dividends.draft(world, holders, "1,000.00")
    dividends.give_treasury(world, 1_000 * USDC)
    dividends.declare(world, distribution)

    dividends.fund(world, distribution, "999.99")
    assert status_of(distribution) == "FUNDING"
    page = reverse("corporate_actions:dividend", args=[distribution.pk])
    assert "0.01 USDC" in world.browser("officer.a").get(page).content.decode()
    assert "claims open once" in dividends.claim_page(world, distribution, "investor.a")
    with pytest.raises(Refused, match="WrongDividendStatus"):
        world.node.send(key_of("investor.a"), calls.claim(distribution.number))

    said = world.press("treasurer", distribution, "fund", amount="0.02")
    assert "Only 0.010000 USDC are missing" in said
    assert dividends.living() == 0

    dividends.fund(world, distribution)
    assert status_of(distribution) == "ACTIVE"
    assert [share.gross for share in shares(distribution).values()] == [500 * USDC, 300 * USDC, 200 * USDC]

    dividends.claim(world, distribution, "investor.a")
    dividends.let_the_portal_send(world, distribution, "investor.b")
    world.decide("treasurer", distribution, "pay")
    world.settle_with_approvals()
    assert [received(world, name) for name in UNITS] == [500 * USDC, 300 * USDC, 200 * USDC]
    assert {share.state for share in shares(distribution).values()} == {"PAID"}
    with pytest.raises(Refused, match="AlreadyClaimed"):
        world.node.send(key_of("investor.a"), calls.claim(distribution.number))
    assert "Paid" in dividends.claim_page(world, distribution, "investor.a")


def test_a_blacklisted_holder_is_held_and_nobody_else_waits(world, holders):
    distribution = dividends.opened(world, holders, "1,000")
    world.blacklist(key_of("investor.c").address)
    with pytest.raises(Refused, match="blacklisted"):
        world.node.send(key_of("investor.c"), calls.claim(distribution.number))

    world.decide("treasurer", distribution, "pay")
    world.settle_with_approvals()
    assert [received(world, name) for name in ("investor.a", "investor.b")] == [500 * USDC, 300 * USDC]
    skipped = DividendClaim.objects.get(state="SKIPPED")
    assert "blacklisted" in skipped.reason
    assert "blacklisted" in dividends.claim_page(world, distribution, "investor.c")

    world.decide("officer.a", skipped, "hold")
    world.settle_with_approvals()
    assert status_of(skipped) == "HELD"

    world.pass_time(dividends.YEAR + timedelta(days=1))
    world.decide("treasurer", distribution, "set_account", account=key_of("unclaimed").address)
    world.settle_with_approvals()
    world.decide("treasurer", distribution, "sweep")
    world.settle_with_approvals()
    assert status_of(distribution) == "CLOSED"
    assert world.node.usdc(key_of("unclaimed").address) == 0  # the held share stays

    world.unblacklist(key_of("investor.c").address)
    dividends.claim(world, distribution, "investor.c")
    world.settle()
    assert received(world, "investor.c") == 200 * USDC
    assert status_of(skipped) == "PAID"


def test_dust_and_what_nobody_claimed_go_to_the_unclaimed_account(world, asset):
    for name in UNITS:
        world.minted_order(name, asset, 10)
    distribution = dividends.opened(world, asset, "1,000")
    for name in ("investor.a", "investor.b"):
        dividends.claim(world, distribution, name)
    world.settle()
    sums = queries.totals(distribution)
    assert (sums.paid, sums.outstanding, sums.residual) == (666_666_666, 333_333_333, 1)
    page = reverse("corporate_actions:dividend", args=[distribution.pk])
    assert "0.000001" in world.browser("officer.a").get(page).content.decode()

    early = world.press("treasurer", distribution, "sweep")
    assert "Holders can claim until" in early
    world.pass_time(dividends.YEAR + timedelta(days=1))
    assert "Set the account first" in world.press("treasurer", distribution, "sweep")
    assert dividends.living() == 0

    world.decide("treasurer", distribution, "set_account", account=key_of("unclaimed").address)
    world.settle_with_approvals()
    world.decide("treasurer", distribution, "sweep")
    world.settle()
    assert status_of(distribution) == "ACTIVE"  # one person sweeps nothing
    world.settle_with_approvals()
    assert status_of(distribution) == "CLOSED"
    assert world.node.usdc(key_of("unclaimed").address) == 333_333_334
    assert queries.totals(distribution).swept == 333_333_334
    with pytest.raises(Refused):
        world.node.send(key_of("investor.c"), calls.claim(distribution.number))


def test_units_bought_after_the_snapshot_get_nothing(world, asset):
    world.minted_order("investor.a", asset, 50)
    distribution = dividends.draft(world, asset, "1,000")
    dividends.give_treasury(world, 1_000 * USDC)
    dividends.declare(world, distribution)
    world.minted_order("investor.b", asset, 50)
    dividends.fund(world, distribution)

    assert [each.wallet for each in queries.entitlements(distribution)] == [key_of("investor.a").address]
    page = reverse("corporate_actions:claim_dividend", args=[distribution.pk])
    assert world.browser("investor.b").get(page).status_code == 404
    with pytest.raises(Refused, match="NothingToClaim"):
        world.node.send(key_of("investor.b"), calls.claim(distribution.number))
    dividends.claim(world, distribution, "investor.a")
    world.settle()
    assert queries.totals(distribution).paid == 1_000 * USDC


def test_a_snapshot_that_its_block_loses_leaves_a_draft_and_comes_again(world, holders):
    distribution = dividends.draft(world, holders, "1,000")
    world.decide("treasurer", distribution, "declare")
    [declaration] = world.approve_operations()
    world.work()
    assert status_of(declaration) in ("BROADCAST", "MINED")
    world.node.reorg(2)
    world.work()
    assert (status_of(declaration), status_of(distribution)) == ("BROADCAST", "DRAFT")
    world.pass_time(timedelta(minutes=1))
    world.settle()
    assert (status_of(declaration), status_of(distribution)) == ("CONFIRMED", "SNAPSHOTTED")
    assert queries.snapshot_stands(distribution)
    assert ChainOperation.objects.filter(kind="corporate_actions.declare_dividend").count() == 1


@pytest.mark.parametrize("amount", ["0", "-1", "1,000.0000001"])
def test_an_amount_that_is_none_is_refused_where_it_was_typed(world, holders, amount):
    form = {
        "asset": holders.pk,
        "amount": amount,
        "distribution_date": str(world.now().date()),
        "expires_at": f"{world.now() + dividends.YEAR:%Y-%m-%dT%H:%M}",
    }
    answer = world.browser("officer.a").post(reverse("corporate_actions:new_dividend"), form)
    assert answer.status_code == 422
    assert not DividendDistribution.objects.exists()
