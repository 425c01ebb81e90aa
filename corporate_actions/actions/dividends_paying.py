"""Getting the money to the holders, or keeping it for them."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from contracts import operations, wallets
from contracts.calls import dividends as calls
from contracts.models import ChainOperation, Purpose
from corporate_actions import facts_dividends as facts
from corporate_actions import kinds
from corporate_actions import queries_dividends as queries
from corporate_actions.actions.dividends_locks import lock_distribution
from corporate_actions.facts_dividends import AlreadyPaid, NothingToClaim, NothingToPay
from corporate_actions.models import ClaimState, DividendClaim, DividendDistribution
from rwa_portal.core.actions import action
from rwa_portal.core.errors import DomainError
from rwa_portal.core.models import AuditEvent, User


class PaymentUnderWay(DomainError):
    """The wallet's dividend is on its way already."""


@action
def pay_holders(*, distribution_id: UUID, by: User, at: datetime, reason: str) -> ChainOperation:
    """
    Have the next batch of holders paid, the largest first; call again for more.

    Each holder is paid alone: one whom USDC or compliance refuses is skipped with the reason.

    :raises DistributionNotOpen, SnapshotTakenBack:
    :raises NothingToPay: everybody is paid, held, or being paid
    """
    distribution = lock_distribution(distribution_id)
    rows = queries.unpaid_holders(distribution) if distribution.snapshot_event else []
    batch = [row.wallet for row in rows[: queries.HOLDERS_A_BATCH]]
    operation = _pay(distribution, batch, by=by, at=at)
    AuditEvent.record("dividend.payment_asked", subject=distribution, by=by, at=at, reason=reason)
    return operation


@action
def pay_wallet(*, distribution_id: UUID, wallet: str, by: User, at: datetime) -> ChainOperation:
    """
    Have one holder's share sent to it; the portal pays the gas. It can reach nobody but the holder.

    :raises DistributionNotOpen, SnapshotTakenBack:
    :raises NothingToClaim, AlreadyPaid, NothingToPay: it has no share, has got it, or it was swept
    :raises PaymentUnderWay:
    """
    distribution = lock_distribution(distribution_id)
    row = queries.entitlement(distribution, wallet)
    if row is None or row.gross == 0:
        raise NothingToClaim
    if row.state == ClaimState.PAID:
        raise AlreadyPaid
    if wallet in queries.wallets_being_paid(distribution):
        raise PaymentUnderWay
    operation = _pay(distribution, [wallet], by=by, at=at)
    AuditEvent.record("dividend.payment_asked", subject=distribution, by=by, at=at)
    return operation


@action
def hold_dividend(
    *, distribution_id: UUID, wallet: str, by: User, at: datetime, reason: str
) -> ChainOperation:
    """
    Ask for a holder's share to be kept out of the sweep. The holder can claim it at any time after.

    :raises DistributionNotOpen, SnapshotTakenBack, NothingToClaim, AlreadyPaid, AlreadyHeld:
    :raises OperationUnderWay:
    """
    distribution = lock_distribution(distribution_id)
    return _hold(distribution, wallet, by=by, at=at, reason=reason)


@action
def hold_claim(*, claim_id: UUID, by: User, at: datetime, reason: str) -> ChainOperation:
    """
    As hold_dividend, of a claim that was skipped.

    :raises DistributionNotOpen, SnapshotTakenBack, NothingToClaim, AlreadyPaid, AlreadyHeld:
    :raises OperationUnderWay:
    """
    claim = DividendClaim.objects.get(pk=claim_id)
    distribution = lock_distribution(claim.distribution_id)
    return _hold(distribution, claim.wallet, by=by, at=at, reason=reason)


def _hold(
    distribution: DividendDistribution, wallet: str, *, by: User, at: datetime, reason: str
) -> ChainOperation:
    rests_on = facts.hold_facts(distribution, wallet=wallet)
    call = calls.hold(distribution.number or 0, wallet)
    operation = operations.enqueue(
        operations.Call(kinds.HOLD_DIVIDEND, call.to, call.calldata, rests_on),
        key=queries.hold_key(distribution, wallet),
        subject=distribution,
        wallet=wallets.platform(Purpose.COMPLIANCE),
        by=by,
        at=at,
    )
    AuditEvent.record("dividend.hold_asked", subject=distribution, by=by, at=at, reason=reason)
    return operation


def _pay(
    distribution: DividendDistribution, holders: Sequence[str], *, by: User, at: datetime
) -> ChainOperation:
    rests_on = facts.pay_facts(distribution, holders=holders)
    if not holders:
        raise NothingToPay
    call = calls.claim_for(holders, distribution.number or 0)
    return operations.enqueue(
        operations.Call(kinds.PAY_HOLDERS, call.to, call.calldata, rests_on),
        key=queries.pay_key(distribution),
        subject=distribution,
        wallet=wallets.platform(Purpose.RELAYER),
        by=by,
        at=at,
    )
