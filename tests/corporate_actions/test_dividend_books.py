"""Each status and claim is what its events say; whoever writes another into a row is found."""

import pytest

from corporate_actions.models import DistributionFact, DividendClaim, DividendDistribution
from corporate_actions.reconciling_dividends import check_claims, check_statuses
from indexer import registry
from tests.corporate_actions import factories
from tests.corporate_actions.factories import DAY, USDC, again, hear
from tests.people import AT

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("dividends")]


@pytest.fixture
def lives(treasurer, dividends):
    """One dividend in every state, with claims of every kind."""
    asset, (a, b) = factories.asset_held_by(4000, 1000)
    dates = iter((AT + n * DAY).date() for n in range(1, 20))
    far = {"expires_at": AT + 60 * DAY}

    def draft():
        return factories.drafted(asset, treasurer, distribution_date=next(dates), **far)

    def opened():
        return factories.opened(asset, treasurer, distribution_date=next(dates), **far)

    def snapshotted():
        return factories.snapshotted(asset, treasurer, distribution_date=next(dates), **far)

    rows = {"DRAFT": draft(), "SNAPSHOTTED": snapshotted(), "ACTIVE": opened(), "CLOSED": opened()}
    rows |= {"FUNDING": snapshotted(), "CANCELLED": snapshotted()}
    hear(factories.funded(rows["FUNDING"], 5), factories.funded(rows["CANCELLED"], 7))
    hear(factories.cancelled(rows["CANCELLED"], 7))
    hear(
        factories.claimed(rows["ACTIVE"], a.address, 800 * USDC), factories.skipped(rows["ACTIVE"], b.address)
    )
    hear(factories.held(rows["CLOSED"], b.address, 200 * USDC), factories.swept(rows["CLOSED"], 800 * USDC))
    return {status: again(row) for status, row in rows.items()}


def test_what_the_events_bear_out_finds_nothing(lives):
    assert {row.status for row in lives.values()} == set(lives)
    assert [*check_statuses(), *check_claims()] == []
    assert {"dividends", "dividend claims"} <= set(registry.predicates())
    assert "dividend pots" in registry.reconcilers()


@pytest.mark.parametrize(
    ("status", "columns"),
    [
        ("SNAPSHOTTED", {"status": "FUNDING"}),
        ("FUNDING", {"total_funded": 6}),
        ("CLOSED", {"status": "ACTIVE", "swept_amount": None, "closed_at": None}),
        ("ACTIVE", {"status": "FUNDING", "opened_at": None}),
    ],
)
def test_a_status_that_its_events_do_not_bear_out_is_named(lives, status, columns):
    DividendDistribution.objects.filter(pk=lives[status].pk).update(**columns)

    (finding,) = check_statuses()

    assert (finding.subject, finding.kind) == (f"dividend:{lives[status].pk}", "TAMPERED_ROW")
    assert finding.expected.startswith(status)


def test_an_event_that_came_twice_is_named(lives):
    fact = DistributionFact.objects.get(kind="SWEPT")
    fact.pk, fact.seq = factories.uuid.uuid4(), fact.seq + 10**6
    fact.save(force_insert=True)

    (finding,) = check_statuses()

    assert finding.expected == "each of these events once at most"


def test_a_dividend_nobody_here_declared_is_named(lives):
    row = lives["ACTIVE"]
    factories.project(factories.declared(row, chain_number=99, tx_hash=factories.hash_of(9)))

    (finding,) = check_statuses()

    assert (finding.subject, finding.kind) == ("pot:99", "OUTSIDE_OPERATION")


@pytest.mark.parametrize(
    ("state", "columns"),
    [
        ("PAID", {"amount": 1}),
        ("PAID", {"state": "HELD", "payee": None, "amount": 5}),
        ("HELD", {"amount": 1}),
        ("SKIPPED", {"state": "HELD"}),
    ],
)
def test_a_claim_that_its_events_do_not_bear_out_is_named(lives, state, columns):
    claim = DividendClaim.objects.get(state=state)
    DividendClaim.objects.filter(pk=claim.pk).update(**columns)

    findings = list(check_claims())

    named = f"dividend_claim:{claim.distribution.number}:{claim.wallet}"
    assert {finding.subject for finding in findings} == {named}


def test_a_claim_that_was_removed_is_named(lives):
    claim = DividendClaim.objects.get(state="PAID")
    claim.delete()

    (finding,) = check_claims()

    assert finding.found == "no claim"
