"""From a draft to the opening: what is asked, what is refused, and what the chain's word changes."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from contracts import actions as operations
from contracts.actions import cancel_operation
from contracts.encoding import describe_call
from contracts.models import ChainOperation
from contracts.operations import OperationUnderWay
from contracts.registry import title
from contracts.submission import recheck
from corporate_actions import actions, hooks_dividends
from corporate_actions import facts_dividends as facts
from corporate_actions import queries_dividends as queries
from corporate_actions.actions import dividends as drafting
from corporate_actions.models import DividendDistribution
from corporate_actions.reactions_dividends import DistributionUnknown
from indexer import registry as indexer
from indexer.models import Block
from rwa_portal.core.chain_values import UnitsNotPositive, UnitsTooLarge
from rwa_portal.core.models import AuditEvent
from tests.corporate_actions import factories
from tests.corporate_actions.factories import AMOUNT, DAY, REASON, again, hear, written
from tests.people import AT, person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("dividends")]


def call_of(operation: ChainOperation) -> tuple[str, str, list[str]]:
    described = describe_call(bytes(operation.calldata))
    assert described is not None
    return operation.wallet.purpose, described.function, [a.value for a in described.arguments]


def test_a_draft_waits_for_the_treasurer_and_nothing_goes_to_the_chain(asset, officer):
    draft = factories.drafted(asset, officer)

    assert (draft.status, draft.amount, draft.drafted_by, draft.number) == ("DRAFT", AMOUNT, officer, None)
    assert not ChainOperation.objects.exists()
    assert AuditEvent.objects.get(kind="dividend.drafted").facts["status"] == "DRAFT"
    assert draft.history.get().history_change_reason == "dividend.drafted"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"amount": 0}, UnitsNotPositive),
        ({"amount": 2**96}, UnitsTooLarge),
        ({"distribution_date": (AT - DAY).date()}, drafting.PayDatePassed),
        ({"expires_at": AT + DAY}, drafting.ExpiryTooEarly),
    ],
)
def test_a_draft_of_a_value_that_breaks_a_rule_is_refused(asset, officer, changes, error):
    before = written()

    with pytest.raises(error):
        factories.drafted(asset, officer, **changes)

    assert written() == before


def test_an_asset_without_eligible_supply_is_refused(dividends, officer):
    asset, (wallet,) = factories.asset_held_by(100)
    hear(
        factories.event("AssetToken.ExclusionSet", asset.token_address, account=wallet.address, excluded=True)
    )
    before = written()

    with pytest.raises(queries.NoEligibleSupply):
        factories.drafted(asset, officer)

    assert written() == before
    hear(
        factories.event(
            "AssetToken.ExclusionSet",
            asset.token_address,
            block=190,
            account=wallet.address,
            excluded=False,
        )
    )
    assert factories.drafted(asset, officer).status == "DRAFT"


@pytest.mark.parametrize("status", ["REDEEMED", "APPROVED"])
def test_an_asset_that_is_closed_or_not_deployed_is_refused(dividends, officer, status):
    off_chain = {"token_address": None, "escrow_address": None, "deployed_at": None}
    asset = factories.make_asset(status=status, **(off_chain if status == "APPROVED" else {}))
    before = written()

    with pytest.raises((facts.AssetPaysNothing, drafting.AssetUnknown)):
        factories.drafted(asset, officer)

    assert written() == before


def test_a_paused_asset_pays_dividends(officer):
    asset, _ = factories.asset_held_by(100, status="PAUSED")

    assert factories.drafted(asset, officer).status == "DRAFT"


def test_a_second_open_dividend_for_the_same_asset_and_date_is_refused(draft, asset, officer):
    before = written()

    with pytest.raises(drafting.DistributionAlreadyOpen):
        factories.drafted(asset, officer, amount=5)

    assert written() == before
    with pytest.raises(IntegrityError), transaction.atomic():
        DividendDistribution.objects.create(
            asset=asset,
            amount=5,
            distribution_date=draft.distribution_date,
            expires_at=draft.expires_at,
            drafted_by=officer,
            created_at=AT,
        )


def test_another_date_or_one_after_a_discarded_draft_is_fine(draft, asset, officer):
    later = (AT + 2 * DAY).date()
    assert factories.drafted(asset, officer, distribution_date=later).status == "DRAFT"

    actions.discard_distribution(distribution_id=draft.pk, by=officer, at=AT, reason=REASON)

    assert again(draft).status == "CANCELLED"
    assert factories.drafted(asset, officer).status == "DRAFT"


def test_declaring_asks_the_treasurys_wallet_and_moves_nothing(draft, asset, treasurer):
    operation = actions.declare_distribution(distribution_id=draft.pk, by=treasurer, at=AT, reason=REASON)

    expiry = str(int(draft.expires_at.timestamp()))
    assert call_of(operation) == ("TREASURER", "declare", [asset.token_address, str(AMOUNT), expiry])
    assert (operation.state, again(draft).status) == ("AWAITING_APPROVAL", "DRAFT")
    assert title(operation) == "Declare 1,000.000000 USDC to the holders of HAUS, and take the snapshot"


def test_the_requester_cannot_consent_and_another_person_can(draft, treasurer):
    operation = actions.declare_distribution(distribution_id=draft.pk, by=treasurer, at=AT, reason=REASON)

    with pytest.raises(operations.approvals.RequesterCannotApprove):
        operations.approve_operation(operation_id=operation.pk, by=treasurer, at=AT, reason=REASON)
    other = person("officer.b")
    operations.approve_operation(operation_id=operation.pk, by=other, at=AT, reason=REASON)

    assert ChainOperation.objects.get().state == "QUEUED"


def test_a_draft_is_neither_declared_twice_nor_discarded_meanwhile(draft, treasurer, officer):
    actions.declare_distribution(distribution_id=draft.pk, by=treasurer, at=AT, reason=REASON)
    before = written()

    with pytest.raises(OperationUnderWay):
        actions.declare_distribution(distribution_id=draft.pk, by=treasurer, at=AT, reason=REASON)
    with pytest.raises(drafting.DeclarationUnderWay):
        actions.discard_distribution(distribution_id=draft.pk, by=officer, at=AT, reason=REASON)

    assert written() == before


def test_a_declaration_whose_facts_no_longer_hold_is_not_sent(draft, asset, treasurer):
    operation = actions.declare_distribution(distribution_id=draft.pk, by=treasurer, at=AT, reason=REASON)
    for wallet in factories.Holding.objects.filter(token=asset.token_address):
        factories.give(asset, wallet.wallet, 0, block=60)

    with pytest.raises(queries.NoEligibleSupply):
        recheck(operation)
    operation.state_at = draft.expires_at
    factories.give(asset, "0x" + "12" * 20, 5, block=61)
    with pytest.raises(facts.ExpiryPassed):
        recheck(operation)


def test_a_failed_declaration_leaves_a_draft_that_can_be_declared_again(draft, treasurer):
    operation = actions.declare_distribution(distribution_id=draft.pk, by=treasurer, at=AT, reason=REASON)

    cancel_operation(operation_id=operation.pk, by=treasurer, at=AT, reason=REASON)

    assert again(draft).status == "DRAFT"
    assert AuditEvent.objects.filter(kind="corporate_actions.declare_dividend_failed").count() == 1
    actions.declare_distribution(distribution_id=draft.pk, by=treasurer, at=AT, reason=REASON)


def test_the_confirmed_declaration_is_the_snapshot(draft, treasurer):
    actions.declare_distribution(distribution_id=draft.pk, by=treasurer, at=AT, reason=REASON)
    event = factories.declared(draft, chain_number=7)

    for _ in range(2):
        hear(event)

    row = again(draft)
    assert (row.status, row.number, row.snapshot_id, row.eligible_units) == ("SNAPSHOTTED", 7, 1, 5000)
    assert (row.snapshot_block, row.snapshot_event) == (factories.RECORD_BLOCK, event.id)
    assert AuditEvent.objects.filter(kind="dividend.snapshotted").count() == 1


def test_a_declaration_with_another_hash_is_recognised_by_its_terms(draft, treasurer):
    actions.declare_distribution(distribution_id=draft.pk, by=treasurer, at=AT, reason=REASON)

    hear(factories.declared(draft, tx_hash=factories.hash_of("replaced by fee")))

    assert again(draft).status == "SNAPSHOTTED"


def test_a_dividend_that_nobody_here_declared_raises(asset, draft):
    before = written()
    for event in (
        factories.declared(draft),
        factories.event("DividendDistributor.DividendOpened", factories.DISTRIBUTOR, id="99"),
    ):
        with pytest.raises(DistributionUnknown):
            hear(event)

    assert written() == before


def test_nothing_rests_on_a_snapshot_that_the_chain_took_back(snapshotted, treasurer):
    fund = actions.fund_distribution(distribution_id=snapshotted.pk, by=treasurer, at=AT, reason=REASON)
    Block.objects.filter(number=factories.RECORD_BLOCK).update(is_canonical=False)

    with pytest.raises(queries.SnapshotTakenBack):
        hooks_dividends.recheck_funding(fund)
    actions.retake_snapshot(distribution_id=snapshotted.pk, by=treasurer, at=AT, reason=REASON)

    row = again(snapshotted)
    assert (row.status, row.number, row.snapshot_block, row.total_funded) == ("DRAFT", None, None, 0)
    operation = actions.declare_distribution(distribution_id=row.pk, by=treasurer, at=AT, reason=REASON)
    hear(factories.declared(row, tx_hash=factories.hash_of(operation.pk)))
    assert (again(row).status, again(row).snapshots_lost) == ("SNAPSHOTTED", 1)


def test_a_snapshot_that_stands_is_not_retaken(snapshotted, treasurer):
    before = written()

    with pytest.raises(drafting.SnapshotStands):
        actions.retake_snapshot(distribution_id=snapshotted.pk, by=treasurer, at=AT, reason=REASON)

    assert written() == before


def test_an_ordered_dividend_is_funded_by_itself_once_it_is_declared(asset, treasurer):
    declare = actions.order_distribution(terms=factories.terms(asset), by=treasurer, at=AT)
    distribution = DividendDistribution.objects.get()
    assert (distribution.status, ChainOperation.objects.count()) == ("DRAFT", 1)

    hear(factories.declared(distribution))

    fund = ChainOperation.objects.get(kind="corporate_actions.fund_dividend")
    assert (fund.requested_by, fund.state) == (declare.requested_by, "AWAITING_APPROVAL")
    assert call_of(fund)[2] == [str(again(distribution).number), str(AMOUNT)]


def test_the_funding_of_an_ordered_dividend_does_not_outlive_its_failed_declaration(asset, treasurer):
    declare = actions.order_distribution(terms=factories.terms(asset), by=treasurer, at=AT)
    distribution = DividendDistribution.objects.get()

    cancel_operation(operation_id=declare.pk, by=treasurer, at=AT, reason=REASON)
    actions.declare_distribution(
        distribution_id=distribution.pk, by=treasurer, at=AT + timedelta(1), reason=REASON
    )
    hear(factories.declared(again(distribution)))

    assert again(distribution).status == "SNAPSHOTTED"
    assert not ChainOperation.objects.filter(kind="corporate_actions.fund_dividend").exists()


def test_a_parked_dividend_never_holds_up_the_redemption_of_the_same_number():
    dividend = factories.event("DividendDistributor.DividendOpened", factories.DISTRIBUTOR, id="1")
    redemption = factories.event(
        "RedemptionModule.RedemptionSettled", factories.SUITE["RedemptionModule"], id="1"
    )

    assert indexer.subject_of(dividend) != indexer.subject_of(redemption)
