"""Calls that an action and a reaction both ask for, in their caller's transaction."""

from datetime import datetime

from contracts import operations, wallets
from contracts.calls import dividends as calls
from contracts.models import ChainOperation, Purpose
from corporate_actions import facts_dividends as facts
from corporate_actions import kinds
from corporate_actions import queries_dividends as queries
from corporate_actions.models import DividendDistribution
from rwa_portal.core.models import User


def ask_for_funding(
    distribution: DividendDistribution, *, amount: int, by: User, at: datetime
) -> ChainOperation:
    """
    Let the distributor take the treasury's USDC, then have it take them; returns the second call.

    :raises DistributionNotFundable, SnapshotTakenBack, FundingAboveDeclared, OperationUnderWay:
    """
    rests_on, number = facts.fund_facts(distribution, amount=amount), distribution.number or 0
    treasury = wallets.platform(Purpose.TREASURER)
    allow, fund = calls.allow_distributor(amount), calls.fund(number, amount)
    given = {"subject": distribution, "wallet": treasury, "by": by, "at": at}
    allowed = operations.enqueue(
        operations.Call(kinds.ALLOW_DISTRIBUTOR, allow.to, allow.calldata, rests_on),
        key=queries.allow_key(distribution),
        **given,  # type: ignore[arg-type]
    )
    return operations.enqueue(
        operations.Call(kinds.FUND_DIVIDEND, fund.to, fund.calldata, rests_on),
        key=queries.fund_key(distribution),
        after=allowed,
        **given,  # type: ignore[arg-type]
    )
