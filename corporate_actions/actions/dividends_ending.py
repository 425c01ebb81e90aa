"""How a distribution ends: cancelled before it opens, or swept after its expiry."""

from datetime import datetime
from uuid import UUID

from contracts import operations, wallets
from contracts.calls import dividends as calls
from contracts.models import ChainOperation, Purpose
from corporate_actions import facts_dividends as facts
from corporate_actions import kinds
from corporate_actions import queries_dividends as queries
from corporate_actions.actions.dividends_locks import lock_distribution
from rwa_portal.core.actions import action
from rwa_portal.core.chain_values import parse_address
from rwa_portal.core.models import AuditEvent, User


@action
def cancel_distribution(*, distribution_id: UUID, by: User, at: datetime, reason: str) -> ChainOperation:
    """
    Ask for a declared dividend to be given up; what was funded goes back to the treasury.

    The distribution becomes CANCELLED later, when the indexer hears DividendCancelled.

    :raises DistributionNotCancellable, SnapshotTakenBack:
    :raises OperationUnderWay:
    """
    distribution = lock_distribution(distribution_id)
    rests_on = facts.cancel_facts(distribution)
    call = calls.cancel(distribution.number or 0)
    operation = operations.enqueue(
        operations.Call(kinds.CANCEL_DIVIDEND, call.to, call.calldata, rests_on),
        key=queries.cancel_key(distribution),
        subject=distribution,
        wallet=wallets.platform(Purpose.TREASURER),
        by=by,
        at=at,
    )
    AuditEvent.record("dividend.cancellation_asked", subject=distribution, by=by, at=at, reason=reason)
    return operation


@action
def sweep_distribution(*, distribution_id: UUID, by: User, at: datetime, reason: str) -> ChainOperation:
    """
    Ask for what nobody has claimed, and the dust, to go to the asset's unclaimed account. Holds stay.

    The distribution becomes CLOSED later, when the indexer hears DividendSwept.

    :raises DistributionNotOpen, SnapshotTakenBack, NotExpired:
    :raises UnclaimedAccountNotSet: see set_unclaimed_account
    :raises OperationUnderWay:
    """
    distribution = lock_distribution(distribution_id)
    rests_on = facts.sweep_facts(distribution, at=at)
    call = calls.sweep(distribution.number or 0)
    operation = operations.enqueue(
        operations.Call(kinds.SWEEP_DIVIDEND, call.to, call.calldata, rests_on),
        key=queries.sweep_key(distribution),
        subject=distribution,
        wallet=wallets.platform(Purpose.TREASURER),
        by=by,
        at=at,
    )
    AuditEvent.record("dividend.sweep_asked", subject=distribution, by=by, at=at, reason=reason)
    return operation


@action
def set_unclaimed_account(
    *, distribution_id: UUID, account: str, by: User, at: datetime, reason: str
) -> ChainOperation:
    """
    Ask for the account which the unclaimed money of the distribution's asset goes to, of all its dividends.

    :raises AddressMalformed, AddressChecksumWrong, AddressZero:
    :raises AssetNotOnChain, OperationUnderWay:
    """
    distribution = lock_distribution(distribution_id)
    account = parse_address(account, field="account")
    asset = distribution.asset
    call = calls.set_unclaimed_account(queries.token_of(asset), account)
    operation = operations.enqueue(
        operations.Call(
            kinds.SET_UNCLAIMED_ACCOUNT,
            call.to,
            call.calldata,
            facts.unclaimed_account_facts(asset, account=account),
        ),
        key=queries.unclaimed_account_key(asset),
        subject=distribution,
        wallet=wallets.platform(Purpose.ASSET_ADMIN),
        by=by,
        at=at,
    )
    AuditEvent.record("dividend.unclaimed_account_asked", subject=distribution, by=by, at=at, reason=reason)
    return operation
