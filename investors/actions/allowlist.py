from datetime import datetime
from uuid import UUID

from contracts.models import ChainOperation
from investors import operations, queries
from investors.models import Investor
from rwa_portal.core.actions import action
from rwa_portal.core.models import AuditEvent, User


@action
def allowlist_investor(*, investor_id: UUID, by: User, at: datetime, reason: str) -> ChainOperation:
    """
    Ask the chain to let all proven wallets of this person hold tokens, until the verification ends.

    `allowlisted_at` follows from the chain's event, not from this.

    :raises InvestorNotVerified, VerificationExpired, WalletMissing: see operations
    :raises AllowlistUnchanged: the chain says all of it already
    :raises contracts.operations.OperationUnderWay: it is asked for already
    """
    investor = Investor.objects.select_for_update(of=("self",)).get(pk=investor_id)
    call = operations.allowlist_call(investor, at=at)
    removal_waits = queries.under_way(investor, operations.DISALLOW) is not None
    if not removal_waits and all(queries.is_on_chain(wallet) for wallet in investor.wallets.all()):
        raise operations.AllowlistUnchanged
    operation = operations.ask(call, investor=investor, by=by, at=at)
    AuditEvent.record("investor.allowlist_asked", subject=investor, by=by, at=at, reason=reason)
    return operation


@action
def disallow_investor(*, investor_id: UUID, by: User, at: datetime, reason: str) -> ChainOperation:
    """
    Ask the chain to take all wallets of this person off the allowlist. They keep what they hold.

    :raises AllowlistUnchanged: none is on it
    :raises contracts.operations.OperationUnderWay: it is asked for already
    """
    investor = Investor.objects.select_for_update(of=("self",)).get(pk=investor_id)
    operation = operations.ask(operations.disallow_call(investor), investor=investor, by=by, at=at)
    AuditEvent.record("investor.disallow_asked", subject=investor, by=by, at=at, reason=reason)
    return operation
