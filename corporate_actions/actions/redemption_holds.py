from datetime import datetime
from uuid import UUID

from contracts import operations, wallets
from contracts.calls import redemptions as calls
from contracts.models import ChainOperation, Purpose
from corporate_actions import kinds
from corporate_actions import queries_redemptions as queries
from corporate_actions.actions.redemption_locks import lock_redemption
from corporate_actions.actions.redemption_settlement import refuse_under_way
from corporate_actions.models import HeldBecause, Redemption, SettlementStatus
from rwa_portal.core import history
from rwa_portal.core.actions import action
from rwa_portal.core.errors import DomainError
from rwa_portal.core.models import AuditEvent, User


class RedemptionNotHoldable(DomainError):
    """Only a redemption whose units are locked, and which is not held, can be held."""


class RedemptionNotHeld(DomainError):
    """The redemption is not held."""


class NothingInTheWay(DomainError):
    """Nothing keeps the chain from settling it."""


class HolderStillFrozen(DomainError):
    """What stops it is still there: the wallet or its units are frozen, or it is sanctioned."""


class RedemptionNotLocked(DomainError):
    """Its units are not locked: there is nothing to cancel on chain."""


@action
def hold_redemption(*, redemption_id: UUID, by: User, at: datetime, reason: str) -> Redemption:
    """
    Stop a redemption. A settlement that is not yet with the custodian is refused when it comes to be sent.

    :raises RedemptionNotHoldable:
    """
    redemption = lock_redemption(redemption_id)
    if redemption.settlement_status != SettlementStatus.PENDING:
        raise RedemptionNotHoldable
    return _hold(redemption, HeldBecause.BY_OFFICER, by=by, at=at, reason=reason)


@action
def hold_unpayable_redemption(*, redemption_id: UUID, by: User, at: datetime) -> Redemption:
    """
    Hold a redemption whose holder the chain does not let burn or be paid, by confirmed events.

    :raises RedemptionNotHoldable, NothingInTheWay:
    """
    redemption = lock_redemption(redemption_id)
    if redemption.settlement_status != SettlementStatus.PENDING:
        raise RedemptionNotHoldable
    because = queries.obstacle(redemption)
    if because is None:
        raise NothingInTheWay
    return _hold(redemption, because, by=by, at=at)


@action
def release_redemption(*, redemption_id: UUID, by: User, at: datetime, reason: str = "") -> Redemption:
    """
    Let a held redemption wait for its settlement again.

    :raises RedemptionNotHeld:
    :raises HolderStillFrozen: by confirmed events the chain would still refuse it
    """
    redemption = lock_redemption(redemption_id)
    if redemption.settlement_status != SettlementStatus.HELD:
        raise RedemptionNotHeld
    if queries.obstacle(redemption) is not None:
        raise HolderStillFrozen

    redemption.release()
    history.save(redemption, by=by, reason="redemption.released")
    AuditEvent.record("redemption.released", subject=redemption, by=by, at=at, reason=reason)
    return redemption


@action
def cancel_redemption_for(*, redemption_id: UUID, by: User, at: datetime, reason: str) -> ChainOperation:
    """
    Cancel a holder's redemption by legal order, for instance before a forced transfer of its units.

    CANCELLED comes later, when the indexer hears RedemptionCancelled.

    :raises RedemptionNotLocked: it is not on chain, or at an end
    :raises SettlementUnderWay, CancellationUnderWay: something was asked for already
    """
    redemption = lock_redemption(redemption_id)
    if not redemption.is_locked:
        raise RedemptionNotLocked
    refuse_under_way(redemption)

    call = calls.cancel_for(int(redemption.number or 0))
    operation = operations.enqueue(
        operations.Call(
            kinds.CANCEL_REDEMPTION_FOR, call.to, call.calldata, queries.cancel_facts(redemption)
        ),
        key=queries.cancel_key(redemption),
        subject=redemption,
        wallet=wallets.platform(Purpose.ENFORCER),
        by=by,
        at=at,
    )
    AuditEvent.record("redemption.cancellation_asked", subject=redemption, by=by, at=at, reason=reason)
    return operation


def _hold(
    redemption: Redemption, because: HeldBecause, *, by: User, at: datetime, reason: str = ""
) -> Redemption:
    redemption.hold(because=because, at=at)
    history.save(redemption, by=by, reason="redemption.held")
    AuditEvent.record("redemption.held", subject=redemption, by=by, at=at, reason=reason)
    return redemption
