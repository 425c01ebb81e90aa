"""Dividends against the real contracts and the real USDC, through the portal's own tasks."""

import pytest

from contracts import reads
from contracts.calls import dividends as calls
from contracts.models import ChainOperation, Purpose
from contracts.wallets import platform
from corporate_actions import actions
from corporate_actions import queries_dividends as queries
from corporate_actions import reconciling_dividends as reconciling
from corporate_actions.models import DistributionFact, DividendClaim, DividendDistribution
from indexer import queries as indexer
from indexer.models import Block
from tests.corporate_actions.factories import DAY, REASON, USDC
from tests.flows.conftest import asset, snapshots, vendor, world  # noqa: F401
from tests.flows.world import key_of, status_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def no_broker():
    """The world stands in for the broker."""


@pytest.fixture
def treasurer(world):  # noqa: F811
    world.give_usdc(platform(Purpose.TREASURER).address, 10_000 * USDC)
    return world.person("treasurer")


@pytest.fixture
def open_dividend(world, asset, treasurer):  # noqa: F811
    """1,000 USDC to investor.a with 40 units and investor.b with 10, through short funding and a top-up."""
    for name, units in (("investor.a", 40), ("investor.b", 10)):
        world.minted_order(name, asset, units)
    now = world.now()
    terms = actions.DistributionTerms(asset.pk, 1000 * USDC, (now + DAY).date(), now + 30 * DAY)
    draft = actions.draft_distribution(terms=terms, by=world.person("officer.a"), at=world.now())
    given = {"distribution_id": draft.pk, "by": treasurer, "reason": REASON}
    actions.declare_distribution(**given, at=world.now())
    world.settle_with_approvals()
    assert status_of(draft) == "SNAPSHOTTED"

    actions.fund_distribution(**given, amount=999_990_000, at=world.now())
    world.settle_with_approvals()
    assert status_of(draft) == "FUNDING"
    assert draft.missing == 10_000
    actions.fund_distribution(**given, at=world.now())
    world.settle_with_approvals()
    assert status_of(draft) == "ACTIVE"
    return DividendDistribution.objects.select_related("asset").get(pk=draft.pk)


def pot(world, distribution) -> int:  # noqa: F811
    return world.node.usdc(calls.claim(1).to)


def test_a_dividend_is_funded_claimed_held_and_swept(world, asset, treasurer, open_dividend):  # noqa: F811
    a, b = key_of("investor.a"), key_of("investor.b")
    world.node.send(a, calls.claim(open_dividend.number))
    world.settle()
    assert DividendClaim.objects.get().amount == 800 * USDC
    assert world.node.usdc(a.address) == 2_000_000 * USDC - 4_000 * USDC + 800 * USDC

    world.platform_calls(Purpose.COMPLIANCE, "ComplianceModule", "setSanctioned", [b.address], True)
    given = {"distribution_id": open_dividend.pk, "by": treasurer, "reason": REASON}
    actions.pay_holders(**given, at=world.now())
    world.settle()
    skipped = DividendClaim.objects.get(wallet=b.address)
    assert (skipped.state, skipped.reason) == ("SKIPPED", f"WalletIsSanctioned(wallet={b.address})")
    actions.hold_dividend(
        distribution_id=open_dividend.pk,
        wallet=b.address,
        by=world.person("officer.a"),
        at=world.now(),
        reason=REASON,
    )
    world.settle_with_approvals()
    assert status_of_claim(b) == "HELD"

    world.pass_time(31 * DAY)
    account = key_of("unclaimed").address
    actions.set_unclaimed_account(**given, account=account, at=world.now())
    world.settle_with_approvals()
    assert queries.unclaimed_account(asset.token_address) == account
    actions.sweep_distribution(**given, at=world.now())
    world.settle_with_approvals()
    assert (status_of(open_dividend), pot(world, open_dividend)) == ("CLOSED", 200 * USDC)

    world.platform_calls(Purpose.COMPLIANCE, "ComplianceModule", "setSanctioned", [b.address], False)
    actions.pay_wallet(
        distribution_id=open_dividend.pk, wallet=b.address, by=world.person("investor.b"), at=world.now()
    )
    world.settle()
    assert (status_of_claim(b), pot(world, open_dividend)) == ("PAID", 0)
    assert list(reconciling.reconcile_pots(confirmed_block())) == []


def test_the_portal_and_the_contract_agree_on_every_holders_share(world, open_dividend):  # noqa: F811
    distributor = calls.claim(1).to

    for row in queries.entitlements(open_dividend):
        answer = reads.ask(distributor, "DividendDistributor", "claimable", open_dividend.number, row.wallet)
        assert row.outstanding == answer
    assert queries.totals(open_dividend).outstanding == pot(world, open_dividend)


def test_the_pots_are_compared_with_the_distributor_at_one_block(world, open_dividend):  # noqa: F811
    world.node.send(key_of("investor.a"), calls.claim(open_dividend.number))
    world.settle()
    block = confirmed_block()
    assert list(reconciling.reconcile_pots(block)) == []

    DistributionFact.objects.filter(kind="CLAIMED").update(amount=1)
    found = {each.subject: each for each in reconciling.reconcile_pots(block)}
    paid = found[f"pot:{open_dividend.number}:paid"]
    assert (paid.expected, paid.found) == (str(800 * USDC), "1")
    assert len(found) == 2  # and what the distributor should hold in all
    DistributionFact.objects.filter(kind="CLAIMED").update(amount=800 * USDC)
    assert paid.reread() == paid.expected

    world.give_usdc(calls.claim(1).to, 7)
    world.settle()
    (surplus,) = reconciling.reconcile_pots(confirmed_block())
    assert (surplus.kind, surplus.evidence["difference"]) == ("UNIDENTIFIED_RECEIPT", "7")


def test_a_mined_declaration_which_a_reorg_drops_takes_its_snapshot_later(world, asset, treasurer):  # noqa: F811
    world.minted_order("investor.a", asset, 40)
    now = world.now()
    terms = actions.DistributionTerms(asset.pk, 1000 * USDC, (now + DAY).date(), now + 30 * DAY)
    draft = actions.draft_distribution(terms=terms, by=treasurer, at=world.now())
    actions.declare_distribution(distribution_id=draft.pk, by=treasurer, at=world.now(), reason=REASON)
    operation = ChainOperation.objects.get(kind="corporate_actions.declare_dividend")
    world.approve_operations()
    world.work()
    assert (status_of(operation), status_of(draft)) == ("MINED", "DRAFT")
    first = operation.block_number

    world.node.reorg(1)
    world.node.mine()
    world.work()
    assert (status_of(operation), status_of(draft), draft.snapshot_block) == ("BROADCAST", "DRAFT", None)
    world.node.mine(12)
    world.settle()

    assert (status_of(operation), status_of(draft)) == ("CONFIRMED", "SNAPSHOTTED")
    assert draft.snapshot_block > first
    assert queries.snapshot_units(draft) == {key_of("investor.a").address: 40}


def confirmed_block() -> Block:
    return Block.objects.get(pk=indexer.position().confirmed_hash)


def status_of_claim(key) -> str:
    return DividendClaim.objects.get(wallet=key.address).state
