"""Which transition leads out of which state, and that money moves once, however many ask at once."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import IntegrityError, connection, transaction
from django_fsm import TransitionNotAllowed

from contracts.models import ChainOperation
from corporate_actions import actions
from corporate_actions.models import ClaimState, DistributionStatus, DividendClaim, DividendDistribution
from rwa_portal.core.errors import DomainError
from tests.corporate_actions import factories
from tests.corporate_actions.conftest import TREASURY
from tests.people import AT, person

HASH = "0x" + "ab" * 32
PLACE = {"tx_hash": HASH, "at": AT}


class Declared:
    id, tx_hash, block_number, log_index, block_at = None, HASH, 1, 0, AT
    payload = {"id": "1", "snapshotId": "1", "eligible": "5"}


LEGAL = {
    "discard": ({"DRAFT"}, {"at": AT}),
    "record_snapshot": ({"DRAFT"}, {"event": Declared}),
    "retake_snapshot": ({"SNAPSHOTTED", "FUNDING"}, {}),
    "record_funding": ({"SNAPSHOTTED"}, {"total": 5}),
    "record_opening": ({"FUNDING"}, PLACE),
    "record_sweep": ({"ACTIVE"}, {**PLACE, "to": factories.TREASURY, "amount": 1}),
    "record_cancellation": ({"SNAPSHOTTED", "FUNDING"}, {"returned": 1, "at": AT}),
}
LEGAL_OF_CLAIM = {
    "record_skip": ({"SKIPPED"}, {"reason": "why"}),
    "record_hold": ({"SKIPPED"}, {"amount": 1}),
    "record_payment": ({"SKIPPED", "HELD"}, {"payee": factories.TREASURY, "amount": 1}),
}


@pytest.mark.parametrize("status", DistributionStatus.values)
@pytest.mark.parametrize("name", LEGAL)
def test_only_the_listed_transitions_leave_a_distributions_state(name, status):
    sources, arguments = LEGAL[name]
    row = DividendDistribution(status=status, amount=5)

    if status in sources:
        getattr(row, name)(**arguments)
        assert row.status != status
    else:
        with pytest.raises(TransitionNotAllowed):
            getattr(row, name)(**arguments)


@pytest.mark.parametrize("state", ClaimState.values)
@pytest.mark.parametrize("name", LEGAL_OF_CLAIM)
def test_only_the_listed_transitions_leave_a_claims_state(name, state):
    sources, arguments = LEGAL_OF_CLAIM[name]
    claim = DividendClaim(state=state, amount=1)

    if state in sources:
        getattr(claim, name)(**arguments)
    else:
        with pytest.raises(TransitionNotAllowed):
            getattr(claim, name)(**arguments)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "columns",
    [
        {"amount": 0},
        {"total_funded": 10**30},
        {"status": "ACTIVE"},
        {"status": "CLOSED", "swept_amount": None},
        {"status": "CANCELLED"},
        {"status": "SNAPSHOTTED"},
        {"number": 5},
    ],
)
def test_the_database_refuses_a_row_that_contradicts_itself(dividends, columns):
    asset, _ = factories.asset_held_by(10)
    row = factories.drafted(asset, person("officer"))

    with pytest.raises(IntegrityError), transaction.atomic():
        DividendDistribution.objects.filter(pk=row.pk).update(**columns)


@pytest.mark.django_db(transaction=True)
def test_of_many_who_fund_or_pay_at_the_same_time_one_is_heard(dividends):
    treasurer = person("treasurer", *TREASURY)
    asset, (wallet,) = factories.asset_held_by(100)
    unfunded = factories.snapshotted(asset, treasurer)
    opened = factories.opened(asset, treasurer, distribution_date=(AT + 5 * factories.DAY).date())

    def ask(number: int) -> bool:
        try:
            if number % 2:
                actions.fund_distribution(distribution_id=unfunded.pk, by=treasurer, at=AT)
            else:
                actions.pay_wallet(distribution_id=opened.pk, wallet=wallet.address, by=treasurer, at=AT)
        except DomainError:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(8) as pool:
        heard = list(pool.map(ask, range(8)))

    assert heard.count(True) == 2
    kinds = ["corporate_actions.fund_dividend", "corporate_actions.pay_holders"]
    assert sorted(ChainOperation.objects.filter(kind__in=kinds).values_list("kind", flat=True)) == kinds
