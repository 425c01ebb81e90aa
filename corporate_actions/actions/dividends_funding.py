from datetime import datetime
from uuid import UUID

from contracts.models import ChainOperation
from corporate_actions import operations_dividends
from corporate_actions.actions.dividends_locks import lock_distribution
from rwa_portal.core.actions import action
from rwa_portal.core.chain_values import UnitsNotPositive
from rwa_portal.core.models import AuditEvent, User


@action
def fund_distribution(
    *, distribution_id: UUID, amount: int | None = None, by: User, at: datetime, reason: str = ""
) -> ChainOperation:
    """
    Ask for the treasury's money to go into the pot: micro-USDC, all that is missing unless less is named.

    Two operations: the distributor may take the money, then it takes it. With less than is missing claims
    stay closed; the rest is topped up the same way. It opens when the indexer hears DividendOpened.

    :raises DistributionNotFundable, SnapshotTakenBack: not now
    :raises UnitsNotPositive, FundingAboveDeclared: `amount` breaks a rule
    :raises OperationUnderWay: a funding is on its way
    """
    distribution = lock_distribution(distribution_id)
    if amount is not None and amount <= 0:
        raise UnitsNotPositive(field="amount")
    wanted = distribution.missing if amount is None else amount
    operation = operations_dividends.ask_for_funding(distribution, amount=wanted, by=by, at=at)
    AuditEvent.record("dividend.funding_asked", subject=distribution, by=by, at=at, reason=reason)
    return operation
