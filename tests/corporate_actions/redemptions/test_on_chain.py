"""Redemptions against the real contracts and the real USDC, through the portal's own tasks."""

import pytest

from assets import actions as asset_actions
from contracts import calls as all_calls
from contracts import deployments
from contracts.calls import redemptions as calls
from contracts.custody import local
from contracts.models import ChainOperation, Purpose
from contracts.wallets import platform
from corporate_actions import actions, queries_redemptions, tasks_redemptions
from corporate_actions import reconciling_redemptions as reconciling
from corporate_actions.models import FinalRedemption, OffChainSettlement, Redemption, RedemptionFact
from indexer import queries as indexer
from indexer.models import Block
from tests.corporate_actions.redemptions.factories import DAY, REASON, USDC, outside
from tests.flows.conftest import asset, snapshots, vendor, world  # noqa: F401
from tests.flows.node import Refused
from tests.flows.world import key_of, status_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
A = key_of("investor.a")


@pytest.fixture
def no_broker():
    """The world stands in for the broker."""


@pytest.fixture
def one_approval():
    """The world has its own policy."""


@pytest.fixture
def now():
    """The world has its own clock."""


@pytest.fixture
def suite(world):  # noqa: F811
    """The real one."""


@pytest.fixture
def treasurer(world):  # noqa: F811
    return world.person("treasurer")


@pytest.fixture
def holding(world, asset):  # noqa: F811
    """Investor A holds 50 units, bought at 100 USDC each."""
    world.minted_order("investor.a", asset, 50)
    asset.refresh_from_db()
    return asset


def follow(world) -> None:  # noqa: F811
    for deed in (tasks_redemptions.expire, tasks_redemptions.hold, tasks_redemptions.release):
        deed(at=world.now())


def ask(world, asset, units: int, **terms) -> Redemption:  # noqa: F811
    """Ask on the API's action, and lock with the holder's own wallet."""
    given = {"min_payment": units * 90 * USDC, **terms}
    investor = world.investor("investor.a")
    wanted = actions.RedemptionRequest(investor.pk, asset.pk, units, **given)
    row = actions.request_redemption(wanted=wanted, by=investor.user, at=world.now())
    world.node.send(A, calls.request(asset.token_address, units, row.min_payment))
    world.settle()
    row.refresh_from_db()
    assert row.settlement_status == "PENDING"
    return row


def settle(world, row, by, payment: int) -> None:  # noqa: F811
    given = {"redemption_id": row.pk, "payment": payment, "by": by, "reason": REASON}
    actions.settle_redemption(**given, at=world.now())
    world.settle_with_approvals()
    row.refresh_from_db()


def give_treasury(world, amount: int) -> None:  # noqa: F811
    world.give_usdc(platform(Purpose.TREASURER).address, amount)


def circle_says(world, what: str) -> None:  # noqa: F811
    usdc = deployments.address("USDC")
    world.node.send(local.account("circle"), all_calls.call_at(usdc, "FiatTokenV2_2", what, A.address))


def close(world, asset) -> None:  # noqa: F811
    """Pause the token and close it for good, which the timelock delays."""
    for act in (asset_actions.pause_asset, asset_actions.mark_redeemed):
        act(asset_id=asset.pk, by=world.person("officer.a"), at=world.now(), reason=REASON)
        world.settle_with_approvals()
        world.pass_time(8 * DAY)
        world.settle_with_approvals()
    asset.refresh_from_db()


def confirmed_block() -> Block:
    return Block.objects.get(pk=indexer.position().confirmed_hash)


def differences() -> list:
    block = confirmed_block()
    return [
        *reconciling.reconcile_locks(block),
        *reconciling.reconcile_final_redemptions(block),
        *reconciling.check_redemptions(),
        *reconciling.check_final_redemptions(),
    ]


def test_a_short_treasury_leaves_it_pending_and_it_is_paid_later(world, holding, treasurer):  # noqa: F811
    row = ask(world, holding, 20)
    assert queries_redemptions.available(holding, row.wallet).units == 30
    give_treasury(world, 1799 * USDC)
    before = world.node.usdc(A.address)

    settle(world, row, treasurer, 1800 * USDC)
    assert (row.settlement_status, row.failure) == ("PENDING", "ERC20: transfer amount exceeds balance")
    assert queries_redemptions.available(holding, row.wallet).units == 30

    give_treasury(world, 1 * USDC)
    settle(world, row, treasurer, 1800 * USDC)
    assert (row.settlement_status, row.payment) == ("SETTLED", 1800 * USDC)
    assert world.node.usdc(A.address) == before + 1800 * USDC
    assert indexer.holding(holding.token_address, A.address) == 30
    burn = ChainOperation.objects.get(kind="corporate_actions.settle_redemption", state="CONFIRMED")
    assert row.burn_tx_hash == burn.tx_hash
    assert differences() == []


def test_two_settlements_under_way_do_not_take_each_others_allowance(world, holding, treasurer):  # noqa: F811
    give_treasury(world, 4000 * USDC)
    rows = [ask(world, holding, units) for units in (20, 10)]

    for row in rows:
        actions.settle_redemption(
            redemption_id=row.pk,
            payment=row.amount * 95 * USDC,
            by=treasurer,
            at=world.now(),
            reason=REASON,
        )
    world.settle_with_approvals()

    assert set(Redemption.objects.values_list("settlement_status", flat=True)) == {"SETTLED"}


def test_the_holder_cancels_with_their_own_wallet(world, holding):  # noqa: F811
    row = ask(world, holding, 20)

    world.node.send(A, calls.cancel(row.number))
    world.settle()

    row.refresh_from_db()
    assert (row.settlement_status, row.ended_because) == ("CANCELLED", "BY_HOLDER")
    assert queries_redemptions.available(holding, row.wallet).units == 50
    assert differences() == []


def test_locked_units_move_only_after_a_cancellation_by_legal_order(world, holding):  # noqa: F811
    row, b = ask(world, holding, 50), key_of("investor.b").address
    world.pass_time(45 * DAY)  # the lock-up
    with pytest.raises(Refused):
        world.node.send(A, all_calls.transfer_units(holding.token_address, b, 1))
    force = (Purpose.ENFORCER, "forcedTransfer", A.address, b, 50)
    with pytest.raises(Refused):
        world.platform_calls_asset(holding, *force)

    actions.cancel_redemption_for(
        redemption_id=row.pk, by=world.person("officer.a"), at=world.now(), reason=REASON
    )
    world.settle_with_approvals()
    row.refresh_from_db()
    assert (row.settlement_status, row.ended_because) == ("CANCELLED", "BY_ORDER")
    world.platform_calls_asset(holding, *force)
    world.settle()

    assert indexer.holding(holding.token_address, b) == 50
    assert differences() == []


def test_units_moved_before_the_lock_end_the_request_and_say_so(world, holding):  # noqa: F811
    world.pass_time(45 * DAY)  # the lock-up
    investor = world.investor("investor.a")
    wanted = actions.RedemptionRequest(investor.pk, holding.pk, 50, 4500 * USDC)
    row = actions.request_redemption(wanted=wanted, by=investor.user, at=world.now())
    b = key_of("investor.b").address
    world.node.send(A, all_calls.transfer_units(holding.token_address, b, 10))
    with pytest.raises(Refused):
        world.node.send(A, calls.request(holding.token_address, 50, 4500 * USDC))
    world.settle()

    follow(world)

    row.refresh_from_db()
    assert (row.settlement_status, row.ended_because) == ("CANCELLED", "UNITS_GONE")


def test_a_blacklisted_holder_is_held_until_the_payment_token_lets_go(world, holding, treasurer):  # noqa: F811
    give_treasury(world, 2000 * USDC)
    row = ask(world, holding, 20)
    circle_says(world, "blacklist")

    settle(world, row, treasurer, 1800 * USDC)
    assert (row.settlement_status, row.held_because) == ("HELD", "PAYEE_BLACKLISTED")
    follow(world)
    row.refresh_from_db()
    assert row.settlement_status == "HELD"

    circle_says(world, "unBlacklist")
    follow(world)
    row.refresh_from_db()
    assert row.settlement_status == "PENDING"
    settle(world, row, treasurer, 1800 * USDC)
    assert row.settlement_status == "SETTLED"


def test_a_holder_frozen_since_is_held_and_paid_when_released(world, holding, treasurer):  # noqa: F811
    give_treasury(world, 2000 * USDC)
    row = ask(world, holding, 20)
    world.platform_calls_asset(holding, Purpose.FREEZER, "setFrozenTokens", A.address, 31)
    world.settle()

    follow(world)
    row.refresh_from_db()
    assert (row.settlement_status, row.held_because) == ("HELD", "UNITS_FROZEN")

    world.platform_calls_asset(holding, Purpose.FREEZER, "setFrozenTokens", A.address, 30)
    world.settle()
    follow(world)
    settle(world, row, treasurer, 1800 * USDC)
    assert row.settlement_status == "SETTLED"


def test_outside_the_chain_the_burn_pays_nothing(world, holding, treasurer):  # noqa: F811
    row = ask(world, holding, 20, method="OFF_CHAIN", min_payment=0)
    before = world.node.usdc(A.address)
    given = {"redemption_id": row.pk, "reason": REASON}
    actions.record_settlement(**given, outside=outside(), by=treasurer, at=world.now())

    actions.confirm_settlement(**given, by=world.person("officer.a"), at=world.now())
    world.settle_with_approvals()

    row.refresh_from_db()
    assert (row.settlement_status, row.payment) == ("SETTLED", 0)
    assert world.node.usdc(A.address) == before
    assert indexer.holding(holding.token_address, A.address) == 30
    assert OffChainSettlement.objects.get().status == "CONFIRMED"
    assert differences() == []


def test_a_request_made_on_chain_alone_gets_a_row_and_can_be_settled(world, holding, treasurer):  # noqa: F811
    give_treasury(world, 500 * USDC)

    world.node.send(A, calls.request(holding.token_address, 5, 0))
    world.settle()

    row = Redemption.objects.get()
    assert (row.settlement_status, row.is_outside, row.amount) == ("PENDING", True, 5)
    settle(world, row, treasurer, 450 * USDC)
    assert row.settlement_status == "SETTLED"


def test_a_paused_token_takes_no_request_but_is_settled(world, holding, treasurer):  # noqa: F811
    give_treasury(world, 2000 * USDC)
    row = ask(world, holding, 20)
    world.platform_calls_asset(holding, Purpose.PAUSER, "pause")
    world.settle()

    with pytest.raises(Refused):
        world.node.send(A, calls.request(holding.token_address, 5, 0))
    settle(world, row, treasurer, 1800 * USDC)

    assert row.settlement_status == "SETTLED"


def test_a_closed_asset_is_paid_out_and_swept(world, holding, treasurer):  # noqa: F811
    give_treasury(world, 5000 * USDC)
    close(world, holding)
    assert holding.status == "REDEEMED"
    final = FinalRedemption.objects.get()
    given = {"final_id": final.pk, "by": treasurer, "reason": REASON}

    actions.open_final_redemption(**given, price=99 * USDC, expires_at=world.now() + 30 * DAY, at=world.now())
    world.settle_with_approvals()
    assert (status_of(final), final.funded) == ("OPEN", 50 * 99 * USDC)
    assert differences() == []

    before = world.node.usdc(A.address)
    world.node.send(A, calls.redeem_final(holding.token_address))
    world.settle()
    taken = Redemption.objects.get()
    assert (taken.method, taken.settlement_status, taken.payment) == ("FINAL", "SETTLED", 4950 * USDC)
    assert world.node.usdc(A.address) == before + 4950 * USDC

    world.pass_time(31 * DAY)
    world.platform_calls(
        Purpose.ASSET_ADMIN,
        "AssetFactory",
        "setUnclaimedAccount",
        holding.token_address,
        key_of("unclaimed").address,
    )
    actions.sweep_final_redemption(**given, at=world.now())
    world.settle_with_approvals()
    assert (status_of(final), final.swept) == ("SWEPT", 0)
    assert differences() == []


def test_the_locks_are_compared_with_the_chain_at_one_block(world, holding):  # noqa: F811
    row = ask(world, holding, 20)
    assert differences() == []

    RedemptionFact.objects.filter(kind="REQUESTED").update(units=19)

    found = {each.subject: each for each in reconciling.reconcile_locks(confirmed_block())}
    locked = found[f"locked:{holding.token_address}:{A.address}"]
    assert (locked.expected, locked.found) == ("20", "19")
    assert found[f"redemption:{row.number}"].found == "Pending, 19 units, paid 0"
    RedemptionFact.objects.filter(kind="REQUESTED").update(units=20)
    assert locked.reread() == locked.expected
