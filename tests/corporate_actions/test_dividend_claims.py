"""Who gets what, who was paid, who waits, and where every millionth is."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.encoding import describe_call
from contracts.models import ChainOperation
from contracts.operations import OperationUnderWay
from contracts.registry import title
from corporate_actions import actions, calculations, hooks_dividends
from corporate_actions import facts_dividends as facts
from corporate_actions import queries_dividends as queries
from corporate_actions.actions.dividends_paying import PaymentUnderWay
from corporate_actions.models import DividendClaim
from indexer.models import Block
from rwa_portal.core.chain_values import ZERO_ADDRESS, AddressMalformed
from rwa_portal.core.models import AuditEvent
from tests.corporate_actions import factories
from tests.corporate_actions.factories import DAY, REASON, USDC, again, hear, written
from tests.people import AT

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("dividends")]
LATE = factories.EXPIRES_AT + DAY


@pytest.fixture
def held(dividends):
    return factories.asset_held_by(4000, 1000)


@pytest.fixture
def wallets(held):
    return [wallet.address for wallet in held[1]]


@pytest.fixture
def opened(held, treasurer):
    return factories.opened(held[0], treasurer)


def assert_every_millionth_is_somewhere(distribution) -> None:
    sums = queries.totals(again(distribution))
    parts = (sums.paid, sums.held, sums.outstanding, sums.residual, sums.swept, sums.waiting, sums.returned)
    assert sum(parts) == sums.funded
    assert min(parts) >= 0


def pay(distribution, wallet, by):
    return actions.pay_wallet(distribution_id=distribution.pk, wallet=wallet, by=by, at=AT)


def test_holders_get_their_share_by_units_at_the_snapshot(opened, wallets):
    rows = {row.wallet: (row.units, row.gross, row.state) for row in queries.entitlements(opened)}

    assert rows == {wallets[0]: (4000, 800 * USDC, "OPEN"), wallets[1]: (1000, 200 * USDC, "OPEN")}
    assert_every_millionth_is_somewhere(opened)


def test_units_that_moved_after_the_snapshot_count_for_who_had_them_then(held, treasurer):
    asset, (a, b) = held
    late, block = factories.make_buyer().address, factories.RECORD_BLOCK
    factories.moved(asset, a.address, late, 100, block=block, log_index=2)  # before it, in its block
    factories.moved(asset, b.address, late, 300, block=block, log_index=9)  # after it, in its block
    factories.moved(asset, ZERO_ADDRESS, late, 50, block=block, log_index=10)
    for wallet, units in ((a.address, 3900), (b.address, 700), (late, 450)):
        factories.give(asset, wallet, units, block=block)
    factories.give(asset, a.address, 0, block=block + 1)

    distribution = factories.snapshotted(asset, treasurer)

    units = queries.snapshot_units(distribution)
    assert units == {a.address: 3900, b.address: 1000, late: 100}
    assert queries.snapshot_units(distribution, wallets=[late]) == {late: 100}


def test_excluded_accounts_get_nothing_from_the_snapshot_after_their_exclusion_on(held, treasurer):
    asset, (a, b) = held

    def exclude(wallet, block):
        place = {"block": block, "account": wallet.address, "excluded": True}
        factories.event("AssetToken.ExclusionSet", asset.token_address, **place)

    exclude(a, factories.RECORD_BLOCK - 10)
    distribution = factories.snapshotted(asset, treasurer)
    exclude(b, factories.RECORD_BLOCK + 1)

    assert list(queries.snapshot_units(distribution)) == [b.address]


def test_three_equal_holders_leave_a_millionth_which_the_sweep_takes(dividends, treasurer):
    asset, holders = factories.asset_held_by(1, 1, 1, decimals=0)
    distribution = factories.opened(asset, treasurer, amount=100 * USDC)

    assert [row.gross for row in queries.entitlements(distribution)] == [33_333_333] * 3
    assert queries.totals(distribution).residual == 1
    hear(*(factories.claimed(distribution, w.address, 33_333_333) for w in holders[:2]))
    assert_every_millionth_is_somewhere(distribution)
    hear(factories.swept(distribution, 33_333_334))

    closed = again(distribution)
    assert (closed.status, closed.swept_amount, closed.swept_to) == ("CLOSED", 33_333_334, factories.TREASURY)
    assert [row.state for row in queries.entitlements(closed)].count("SWEPT") == 1
    assert_every_millionth_is_somewhere(distribution)
    assert AuditEvent.objects.get(kind="dividend.swept").facts["swept_amount"] == "33333334"


@settings(max_examples=200, deadline=None)
@given(units=st.lists(st.integers(1, 2**96 - 1), min_size=1, max_size=20), amount=st.integers(1, 2**96 - 1))
def test_shares_never_exceed_the_amount_and_dust_is_less_than_the_holders(units, amount):
    shares = [calculations.share(held, amount, sum(units)) for held in units]

    assert 0 <= amount - sum(shares) < len(units)


def test_a_batch_names_every_unpaid_holder_and_needs_nobodys_consent(opened, wallets, treasurer):
    operation = actions.pay_holders(distribution_id=opened.pk, by=treasurer, at=AT, reason=REASON)

    described = describe_call(bytes(operation.calldata))
    assert (described.function, operation.wallet.purpose) == ("claimFor", "RELAYER")
    assert described.arguments[0].value == f"[{wallets[0]}, {wallets[1]}]"
    assert (operation.state, title(operation)) == ("QUEUED", f"Pay 2 holders: {opened}")


def test_a_second_batch_waits_for_the_first_and_leaves_out_who_was_paid(opened, wallets, treasurer):
    first = actions.pay_holders(distribution_id=opened.pk, by=treasurer, at=AT, reason=REASON)
    before = written()
    with pytest.raises(facts.NothingToPay):
        actions.pay_holders(distribution_id=opened.pk, by=treasurer, at=AT, reason=REASON)
    assert written() == before

    ChainOperation.objects.filter(pk=first.pk).update(state="CANCELLED")
    hear(factories.claimed(opened, wallets[0], 800 * USDC))
    second = actions.pay_holders(distribution_id=opened.pk, by=treasurer, at=AT, reason=REASON)

    assert second.facts["holders"] == wallets[1]


def test_a_batch_is_cut_to_what_a_block_can_take(opened, treasurer, monkeypatch):
    monkeypatch.setattr(queries, "HOLDERS_A_BATCH", 1)

    batches = [
        actions.pay_holders(distribution_id=opened.pk, by=treasurer, at=AT, reason=REASON) for _ in range(2)
    ]

    assert len({batch.facts["holders"] for batch in batches}) == 2


def test_a_confirmed_payment_marks_the_claim_paid_once(opened, wallets):
    event = factories.claimed(opened, wallets[0], 800 * USDC)

    for _ in range(2):
        hear(event)

    claim = DividendClaim.objects.get()
    assert (claim.state, claim.amount, claim.payee) == ("PAID", 800 * USDC, wallets[0])
    assert claim.investor.wallets.get().address == wallets[0]
    assert_every_millionth_is_somewhere(opened)


def test_a_holder_is_not_paid_twice(opened, wallets, officer):
    hear(factories.claimed(opened, wallets[0], 800 * USDC))
    before = written()

    with pytest.raises(facts.AlreadyPaid):
        pay(opened, wallets[0], officer)

    assert written() == before


def test_a_holder_whose_payment_is_under_way_is_not_sent_another(opened, wallets, officer):
    pay(opened, wallets[0], officer)
    before = written()

    with pytest.raises(PaymentUnderWay):
        pay(opened, wallets[0], officer)

    assert written() == before
    assert pay(opened, wallets[1], officer).facts["holders"] == wallets[1]


def test_who_held_nothing_at_the_snapshot_gets_nothing(opened, officer):
    late = factories.make_buyer().address
    factories.give(opened.asset, late, 500, block=factories.RECORD_BLOCK + 1)
    before = written()

    with pytest.raises(facts.NothingToClaim):
        pay(opened, late, officer)

    assert written() == before


def test_nobody_is_paid_before_the_opening(held, wallets, treasurer):
    distribution = factories.snapshotted(held[0], treasurer)
    before = written()

    with pytest.raises(facts.DistributionNotOpen):
        pay(distribution, wallets[0], treasurer)
    with pytest.raises(facts.DistributionNotOpen):
        actions.pay_holders(distribution_id=distribution.pk, by=treasurer, at=AT, reason=REASON)

    assert written() == before


def test_after_the_expiry_holders_are_paid_until_the_sweep_and_then_no_more(opened, wallets, treasurer):
    by = treasurer
    late = actions.pay_wallet(distribution_id=opened.pk, wallet=wallets[0], by=by, at=LATE)
    assert late.state == "QUEUED"
    hear(factories.claimed(opened, wallets[0], 800 * USDC), factories.swept(opened, 200 * USDC))
    before = written()

    with pytest.raises(facts.NothingToPay):
        pay(opened, wallets[1], by)

    assert written() == before
    assert_every_millionth_is_somewhere(opened)


def test_a_skipped_holder_says_why_and_others_are_paid(opened, wallets):
    hear(factories.skipped(opened, wallets[1]), factories.claimed(opened, wallets[0], 800 * USDC))

    claim = DividendClaim.objects.get(wallet=wallets[1])
    assert (claim.state, claim.amount, claim.reason) == ("SKIPPED", 200 * USDC, "no reason given")
    assert queries.totals(again(opened)).outstanding == 200 * USDC
    text = "0x08c379a0" + f"{32:064x}{4:064x}" + b"oops".hex().ljust(64, "0")
    hear(factories.skipped(opened, wallets[1], text))
    assert DividendClaim.objects.get(wallet=wallets[1]).reason == "oops"


def test_a_skip_says_nothing_of_a_stranger_nor_of_who_was_paid(opened, wallets):
    hear(factories.claimed(opened, wallets[0], 800 * USDC))

    hear(factories.skipped(opened, wallets[0]), factories.skipped(opened, factories.new_address()))

    assert DividendClaim.objects.get().state == "PAID"


def test_a_held_share_stays_out_of_the_sweep_and_can_still_be_claimed(opened, wallets, officer):
    hear(factories.skipped(opened, wallets[1]))
    operation = actions.hold_dividend(
        distribution_id=opened.pk, wallet=wallets[1], by=officer, at=AT, reason=REASON
    )
    described = describe_call(bytes(operation.calldata))
    assert (operation.wallet.purpose, described.function) == ("COMPLIANCE", "hold")
    assert DividendClaim.objects.get().state == "SKIPPED"

    hear(factories.held(opened, wallets[1], 200 * USDC), factories.swept(opened, 800 * USDC))
    assert_every_millionth_is_somewhere(opened)
    assert queries.totals(again(opened)).held == 200 * USDC
    assert pay(opened, wallets[1], officer).state == "QUEUED"
    hear(factories.claimed(opened, wallets[1], 200 * USDC))

    assert DividendClaim.objects.get().state == "PAID"
    assert_every_millionth_is_somewhere(opened)


@pytest.mark.parametrize(
    ("prepare", "error"),
    [
        (lambda row, wallet: factories.claimed(row, wallet, 800 * USDC), facts.AlreadyPaid),
        (lambda row, wallet: factories.held(row, wallet, 800 * USDC), facts.AlreadyHeld),
        (lambda row, wallet: factories.swept(row, 1000 * USDC), facts.DistributionNotOpen),
    ],
)
def test_what_is_paid_held_or_swept_is_not_held(opened, wallets, officer, prepare, error):
    hear(prepare(opened, wallets[0]))
    before = written()

    with pytest.raises(error):
        actions.hold_dividend(distribution_id=opened.pk, wallet=wallets[0], by=officer, at=AT, reason=REASON)

    assert written() == before


def test_a_stranger_has_nothing_to_hold_and_a_hold_is_asked_once(opened, wallets, officer):
    given = {"distribution_id": opened.pk, "by": officer, "at": AT, "reason": REASON}
    actions.hold_dividend(wallet=wallets[0], **given)
    before = written()

    with pytest.raises(OperationUnderWay):
        actions.hold_dividend(wallet=wallets[0], **given)
    with pytest.raises(facts.NothingToClaim):
        actions.hold_dividend(wallet=factories.new_address(), **given)

    assert written() == before


def sweep(distribution, by, at=LATE):
    return actions.sweep_distribution(distribution_id=distribution.pk, by=by, at=at, reason=REASON)


def test_a_sweep_waits_for_the_expiry_and_for_an_account(opened, treasurer):
    before = written()
    with pytest.raises(facts.NotExpired):
        sweep(opened, treasurer, at=opened.expires_at)
    with pytest.raises(facts.UnclaimedAccountNotSet):
        sweep(opened, treasurer)
    assert written() == before

    account = factories.new_address()
    set_it = actions.set_unclaimed_account(
        distribution_id=opened.pk, account=account, by=treasurer, at=AT, reason=REASON
    )
    described = describe_call(bytes(set_it.calldata))
    asked = [argument.value for argument in described.arguments]
    assert (set_it.wallet.purpose, described.function) == ("ASSET_ADMIN", "setUnclaimedAccount")
    assert asked == [opened.asset.token_address, account]
    hear(factories.unclaimed_account_set(opened.asset, account))
    operation = sweep(opened, treasurer)

    assert (operation.wallet.purpose, operation.state) == ("TREASURER", "AWAITING_APPROVAL")
    assert operation.facts["unclaimed_account"] == account
    other = factories.new_address()
    hear(factories.unclaimed_account_set(opened.asset, other))
    assert hooks_dividends.recheck_sweep(operation)["unclaimed_account"] in (account, other)


def test_an_unclaimed_account_must_be_an_address(opened, treasurer):
    before = written()

    with pytest.raises(AddressMalformed):
        actions.set_unclaimed_account(
            distribution_id=opened.pk, account="0x12", by=treasurer, at=AT, reason=REASON
        )

    assert written() == before


def test_nothing_is_paid_held_or_swept_from_a_snapshot_that_was_taken_back(opened, wallets, treasurer):
    hear(factories.unclaimed_account_set(opened.asset, factories.new_address()))
    Block.objects.filter(number=factories.RECORD_BLOCK).update(is_canonical=False)
    before = written()

    for ask in (
        lambda: pay(opened, wallets[0], treasurer),
        lambda: sweep(opened, treasurer),
        lambda: actions.hold_dividend(
            distribution_id=opened.pk, wallet=wallets[0], by=treasurer, at=AT, reason=REASON
        ),
    ):
        with pytest.raises(queries.SnapshotTakenBack):
            ask()

    assert written() == before
