"""Money into the pot and out again before it opens: funded short, topped up, cancelled."""

import pytest

from contracts import actions as operations
from contracts.actions import cancel_operation
from contracts.models import ChainOperation, State
from contracts.operations import OperationUnderWay
from contracts.registry import hooks
from corporate_actions import actions
from corporate_actions import facts_dividends as facts
from corporate_actions import queries_dividends as queries
from corporate_actions.actions import dividends as drafting
from rwa_portal.core.chain_values import UnitsNotPositive
from rwa_portal.core.models import AuditEvent
from tests.corporate_actions import factories
from tests.corporate_actions.factories import AMOUNT, DAY, REASON, USDC, again, hear, written
from tests.corporate_actions.test_dividends import call_of
from tests.people import AT

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("dividends")]


def test_funding_is_an_allowance_and_then_the_money(snapshotted, treasurer):
    fund = actions.fund_distribution(distribution_id=snapshotted.pk, by=treasurer, at=AT, reason=REASON)

    allow = fund.after
    assert call_of(allow) == ("TREASURER", "increaseAllowance", [factories.DISTRIBUTOR, str(AMOUNT)])
    assert call_of(fund) == ("TREASURER", "fund", [str(snapshotted.number), str(AMOUNT)])
    assert (allow.wallet, again(snapshotted).status) == (fund.wallet, "SNAPSHOTTED")


def test_short_funding_shows_the_shortfall_and_a_top_up_opens(snapshotted, treasurer):
    part = 999_990_000
    actions.fund_distribution(distribution_id=snapshotted.pk, amount=part, by=treasurer, at=AT, reason=REASON)
    hear(factories.funded(snapshotted, part))

    short = again(snapshotted)
    assert (short.status, short.missing, queries.totals(short).shortfall) == ("FUNDING", 10_000, 10_000)
    top_up = actions.fund_distribution(distribution_id=short.pk, by=treasurer, at=AT, reason=REASON)
    assert call_of(top_up)[2][1] == "10000"

    hear(factories.funded(short, 10_000), factories.said(short, "Opened"))

    assert (again(short).status, again(short).opened_at) == ("ACTIVE", AT)
    kinds = ["dividend.funded", "dividend.topped_up", "dividend.opened"]
    assert AuditEvent.objects.filter(kind__in=kinds).count() == 3


@pytest.mark.parametrize(
    ("amount", "error"), [(AMOUNT + 1, facts.FundingAboveDeclared), (0, UnitsNotPositive)]
)
def test_funding_above_what_is_missing_or_nothing_is_refused(snapshotted, treasurer, amount, error):
    before = written()

    with pytest.raises(error):
        actions.fund_distribution(
            distribution_id=snapshotted.pk, amount=amount, by=treasurer, at=AT, reason=REASON
        )

    assert written() == before


def test_two_fundings_at_once_are_refused(snapshotted, treasurer):
    actions.fund_distribution(distribution_id=snapshotted.pk, amount=5, by=treasurer, at=AT, reason=REASON)
    before = written()

    with pytest.raises(OperationUnderWay):
        actions.fund_distribution(
            distribution_id=snapshotted.pk, amount=5, by=treasurer, at=AT, reason=REASON
        )

    assert written() == before


def test_a_draft_takes_no_money(draft, treasurer):
    before = written()

    with pytest.raises(facts.DistributionNotFundable):
        actions.fund_distribution(distribution_id=draft.pk, by=treasurer, at=AT, reason=REASON)

    assert written() == before


def test_a_funding_that_failed_after_its_allowance_can_be_asked_for_again(snapshotted, treasurer):
    fund = actions.fund_distribution(distribution_id=snapshotted.pk, by=treasurer, at=AT, reason=REASON)
    ChainOperation.objects.filter(pk=fund.after_id).update(
        state=State.CONFIRMED, tx_hash=factories.hash_of(1), block_hash=factories.hash_of(2), block_number=1
    )
    cancel_operation(operation_id=fund.pk, by=treasurer, at=AT, reason=REASON)

    second = actions.fund_distribution(distribution_id=snapshotted.pk, by=treasurer, at=AT, reason=REASON)

    assert second.after_id != fund.after_id
    assert again(snapshotted).status == "SNAPSHOTTED"


def test_consent_to_a_funding_ends_when_others_fund_meanwhile(snapshotted, treasurer):
    fund = actions.fund_distribution(
        distribution_id=snapshotted.pk, amount=5, by=treasurer, at=AT, reason=REASON
    )
    digest = fund.digest

    hear(factories.funded(snapshotted, 7))

    assert hooks(fund.kind).recheck(fund)["funded_before"] == "7"
    assert operations.operations.current_digest(fund) != digest


def test_a_declared_dividend_is_cancelled_on_chain_and_says_what_went_back(snapshotted, treasurer):
    hear(factories.funded(snapshotted, 5 * USDC))

    operation = actions.cancel_distribution(
        distribution_id=snapshotted.pk, by=treasurer, at=AT, reason=REASON
    )
    assert call_of(operation) == ("TREASURER", "cancel", [str(snapshotted.number)])
    assert again(snapshotted).status == "FUNDING"
    hear(factories.cancelled(snapshotted, 5 * USDC))

    row = again(snapshotted)
    assert (row.status, row.returned_amount) == ("CANCELLED", 5 * USDC)
    assert (queries.totals(row).waiting, queries.totals(row).returned) == (0, 5 * USDC)


def test_neither_a_draft_nor_an_open_dividend_is_cancelled_on_chain(draft, asset, treasurer):
    open_one = factories.opened(asset, treasurer, distribution_date=(AT + 5 * DAY).date())
    before = written()

    for distribution in (draft, open_one):
        with pytest.raises(facts.DistributionNotCancellable):
            actions.cancel_distribution(distribution_id=distribution.pk, by=treasurer, at=AT, reason=REASON)
    with pytest.raises(drafting.DistributionNotDraft):
        actions.discard_distribution(distribution_id=open_one.pk, by=treasurer, at=AT, reason=REASON)

    assert written() == before
