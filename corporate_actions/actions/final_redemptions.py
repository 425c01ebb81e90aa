import uuid
from datetime import datetime, timedelta
from uuid import UUID

from assets.models import Asset
from contracts import operations, wallets
from contracts.calls import redemptions as calls
from contracts.models import ChainOperation, Purpose
from corporate_actions import kinds
from corporate_actions import queries_final as queries
from corporate_actions.actions.redemption_locks import lock_final
from corporate_actions.actions.redemption_settlement import allow_module
from corporate_actions.models import FinalRedemption
from rwa_portal.core import history
from rwa_portal.core.actions import action
from rwa_portal.core.chain_values import MAX_UNITS
from rwa_portal.core.errors import DomainError, RuleBroken
from rwa_portal.core.models import AuditEvent, User

OPEN_AT_LEAST = timedelta(days=1)


class AssetNotRedeemed(DomainError):
    """The asset is not closed, or its final redemption is noted already."""


class FinalRedemptionNotDue(DomainError):
    """The final redemption was decided already."""


class FinalRedemptionNotOpen(DomainError):
    """The final redemption is not open."""


class NothingToRedeem(DomainError):
    """Nobody holds units of the asset any more."""


class PriceWrong(RuleBroken):
    """The price of one whole token must be above zero, and the whole pay-out one that the chain can note."""

    field = "price"


class ExpiryTooEarly(RuleBroken):
    """Holders need at least a day to redeem."""

    field = "expires_at"


class NotExpired(DomainError):
    """Holders can still redeem; what is left may be swept only after the expiry."""


class SweepUnderWay(DomainError):
    """The sweep was asked for already, or is confirmed."""


@action
def note_redeemed_asset(*, asset_id: UUID, by: User, at: datetime) -> FinalRedemption:
    """
    Note that a closed asset's holders wait to be paid out.

    :raises AssetNotRedeemed:
    """
    asset = Asset.objects.select_for_update(of=("self",)).get(pk=asset_id)
    if asset.status != Asset.Status.REDEEMED or FinalRedemption.objects.filter(asset=asset).exists():
        raise AssetNotRedeemed
    final = FinalRedemption(id=uuid.uuid4(), asset=asset, created_at=at)
    history.save(final, by=by, reason="final_redemption.due")
    AuditEvent.record("final_redemption.due", subject=final, by=by, at=at)
    return final


@action
def open_final_redemption(
    *, final_id: UUID, price: int, expires_at: datetime, by: User, at: datetime, reason: str
) -> ChainOperation:
    """
    Pay a closed asset out at `price` micro-USDC a whole token: an allowance, then the opening, which takes
    the whole sum from the treasury.

    OPEN comes later, when the indexer hears FinalRedemptionOpened; if the call fails it is DUE again.

    :raises FinalRedemptionNotDue, NothingToRedeem:
    :raises PriceWrong, ExpiryTooEarly: the contract would refuse it
    """
    final = lock_final(final_id)
    if final.status != FinalRedemption.Status.DUE:
        raise FinalRedemptionNotDue
    if expires_at < at + OPEN_AT_LEAST:
        raise ExpiryTooEarly
    if queries.units_left(final.asset) == 0:
        raise NothingToRedeem
    if not 0 < price <= MAX_UNITS or queries.due(final.asset, price) > MAX_UNITS:
        raise PriceWrong

    allowed = allow_module(final, queries.due(final.asset, price), by=by, at=at)
    final.decide(price=price, expires_at=expires_at.replace(microsecond=0))
    history.save(final, by=by, reason="final_redemption.decided")
    call = calls.open_final(str(final.asset.token_address), price, int(expires_at.timestamp()))
    operation = operations.enqueue(
        operations.Call(kinds.OPEN_FINAL_REDEMPTION, call.to, call.calldata, queries.open_facts(final)),
        key=queries.open_key(final),
        subject=final,
        wallet=wallets.platform(Purpose.TREASURER),
        by=by,
        at=at,
        after=allowed,
    )
    AuditEvent.record("final_redemption.decided", subject=final, by=by, at=at, reason=reason)
    return operation


@action
def sweep_final_redemption(*, final_id: UUID, by: User, at: datetime, reason: str) -> ChainOperation:
    """
    After its expiry, send what nobody took to the asset's account for unclaimed money.

    SWEPT comes later, when the indexer hears FinalRedemptionSwept.

    :raises FinalRedemptionNotOpen, NotExpired, SweepUnderWay:
    """
    final = lock_final(final_id)
    if final.status != FinalRedemption.Status.OPEN or final.expires_at is None:
        raise FinalRedemptionNotOpen
    if at <= final.expires_at:
        raise NotExpired
    if queries.living(queries.sweep_key(final)) is not None:
        raise SweepUnderWay

    call = calls.sweep_final(str(final.asset.token_address))
    operation = operations.enqueue(
        operations.Call(kinds.SWEEP_FINAL_REDEMPTION, call.to, call.calldata, queries.sweep_facts(final)),
        key=queries.sweep_key(final),
        subject=final,
        wallet=wallets.platform(Purpose.TREASURER),
        by=by,
        at=at,
    )
    AuditEvent.record("final_redemption.sweep_asked", subject=final, by=by, at=at, reason=reason)
    return operation
