import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from assets.models import Asset
from corporate_actions import queries_redemptions as queries
from corporate_actions.actions.redemption_locks import lock_redemption
from corporate_actions.models import EndedBecause, Method, Redemption, SettlementStatus
from investors.models import Investor, Wallet
from investors.queries import InvestorUnknown
from rwa_portal.core import history
from rwa_portal.core.actions import action
from rwa_portal.core.chain_values import MAX_UNITS, format_units
from rwa_portal.core.errors import DomainError, RuleBroken
from rwa_portal.core.models import AuditEvent, User

LOCK_WITHIN = timedelta(days=1)
MIN_PAYMENT_AT_MOST = 10  # times the issue price: above it is a slip of the decimal point


class AssetUnknown(RuleBroken):
    """There is no such asset on chain."""

    field = "asset_id"


class WalletNotProven(RuleBroken):
    """This is no wallet which the investor has proven."""

    field = "wallet_id"


class AssetPaused(DomainError):
    """The asset is paused: nobody can ask for redemptions until it is resumed."""


class AssetRedeemed(DomainError):
    """The asset is closed for good; its holders take part in its final redemption instead."""


class HolderFrozen(DomainError):
    """The wallet is frozen, sanctioned or not on the allowlist: the chain would refuse the request."""


class RedeemExceedsAvailable(RuleBroken):
    """More than the wallet can redeem now."""

    field = "amount"


class AmountNotPositive(RuleBroken):
    """Ask for more than nothing."""

    field = "amount"


class MinPaymentMissing(RuleBroken):
    """Say the least you accept in USDC; without it the units could be burned for nothing."""

    field = "min_payment"


class MinPaymentTooHigh(RuleBroken):
    """The least you accept is more than ten times what the units cost when they were issued."""

    field = "min_payment"


class MinPaymentNotZero(RuleBroken):
    """A settlement outside the chain pays no USDC, so no least payment can be asked for."""

    field = "min_payment"


class MethodUnknown(RuleBroken):
    """A redemption is asked for in USDC or settled OFF_CHAIN."""

    field = "method"


class RedemptionNotWithdrawable(DomainError):
    """The request is on chain or at an end; what is locked is cancelled by its own wallet."""


class LockUnderWay(DomainError):
    """The request is in a block, or blocks in which it may be have not been read."""


class RequestStillGood(DomainError):
    """The request can still be sent."""


@dataclass(frozen=True)
class RedemptionRequest:
    """What a holder asks for: units in the smallest unit, micro-USDC; no wallet means the primary one."""

    investor_id: UUID
    asset_id: UUID
    amount: int
    min_payment: int = 0
    method: str = Method.USDC
    wallet_id: UUID | None = None


@action
def request_redemption(*, wanted: RedemptionRequest, by: User, at: datetime) -> Redemption:
    """
    Note that a holder wants to give units back. Their own wallet sends the request, which locks the units.

    The redemption becomes PENDING later, when the indexer hears RedemptionRequested.

    :raises AssetUnknown, InvestorUnknown, WalletNotProven, MethodUnknown: what is named is not there
    :raises AssetPaused, AssetRedeemed, HolderFrozen: the chain would refuse it now
    :raises RedeemExceedsAvailable, AmountNotPositive: more than is free, or nothing
    :raises MinPaymentMissing, MinPaymentTooHigh, MinPaymentNotZero: the least payment makes no sense
    """
    # Locked until the end: of two requests for the same units the second must see the first.
    asset = Asset.objects.select_for_update(of=("self",)).filter(pk=wanted.asset_id).first()
    if asset is None or asset.token_address is None:
        raise AssetUnknown
    wallet = _wallet(wanted)
    _refuse_closed(asset)
    _refuse_frozen(asset, wallet, at=at)
    _refuse_amount(asset, wallet, wanted.amount)
    _refuse_min_payment(asset, wanted)

    redemption = Redemption(
        id=uuid.uuid4(),
        investor=wallet.investor,
        wallet=wallet,
        asset=asset,
        amount=wanted.amount,
        method=wanted.method,
        min_payment=wanted.min_payment,
        lock_by=at + LOCK_WITHIN,
        requested_by=by,
        created_at=at,
    )
    history.save(redemption, by=by, reason="redemption.requested")
    AuditEvent.record("redemption.requested", subject=redemption, by=by, at=at)
    return redemption


@action
def withdraw_redemption(*, redemption_id: UUID, by: User, at: datetime) -> Redemption:
    """
    Take back a request that no wallet has sent.

    :raises RedemptionNotWithdrawable: it is on chain, or at an end
    :raises LockUnderWay: it is in a block that is not final yet
    """
    redemption = lock_redemption(redemption_id)
    if redemption.settlement_status != SettlementStatus.REQUESTED:
        raise RedemptionNotWithdrawable
    if queries.seen_lock(redemption) or queries.waiting_fact(redemption):
        raise LockUnderWay

    return _drop(redemption, EndedBecause.WITHDRAWN, by=by, at=at)


@action
def expire_redemption(*, redemption_id: UUID, by: User, at: datetime) -> Redemption:
    """
    End a request that was not sent in time, or whose units are no longer there to be locked.

    :raises RequestStillGood: its time has not passed and its units are there, or it is on chain
    :raises LockUnderWay: it may have been sent in time
    """
    redemption = lock_redemption(redemption_id)
    if redemption.settlement_status != SettlementStatus.REQUESTED or redemption.lock_by is None:
        raise RequestStillGood
    free = queries.available(redemption.asset, redemption.wallet, but=redemption).units
    if free < redemption.amount:
        because = EndedBecause.UNITS_GONE
    elif at >= redemption.lock_by:
        because = EndedBecause.NOT_LOCKED
    else:
        raise RequestStillGood
    if queries.may_still_be_locked(redemption, because=because):
        raise LockUnderWay

    return _drop(redemption, because, by=by, at=at)


def _drop(redemption: Redemption, because: EndedBecause, *, by: User, at: datetime) -> Redemption:
    redemption.drop(because=because, at=at)
    history.save(redemption, by=by, reason="redemption.cancelled")
    AuditEvent.record("redemption.cancelled", subject=redemption, by=by, at=at)
    return redemption


def _wallet(wanted: RedemptionRequest) -> Wallet:
    investor = Investor.objects.filter(pk=wanted.investor_id).first()
    if investor is None:
        raise InvestorUnknown
    wallets = investor.wallets.select_related("investor")
    if wanted.wallet_id is None:
        wallet = wallets.filter(is_primary=True).first()
    else:
        wallet = wallets.filter(pk=wanted.wallet_id).first()
    if wallet is None:
        raise WalletNotProven
    return wallet


def _refuse_closed(asset: Asset) -> None:
    if asset.status == Asset.Status.PAUSED:
        raise AssetPaused
    if asset.status == Asset.Status.REDEEMED:
        raise AssetRedeemed


def _refuse_frozen(asset: Asset, wallet: Wallet, *, at: datetime) -> None:
    stopped = wallet.frozen_at or wallet.sanctioned_at or wallet.allowlisted_at is None
    expired = wallet.profile_valid_until is not None and wallet.profile_valid_until < at
    if stopped or queries.is_wholly_frozen(str(asset.token_address), wallet.address):
        raise HolderFrozen
    if expired:
        raise HolderFrozen("What the chain knows of the wallet has expired; compliance must write it again.")


def _refuse_amount(asset: Asset, wallet: Wallet, amount: int) -> None:
    if amount <= 0:
        raise AmountNotPositive
    found = queries.available(asset, wallet)
    if amount > found.units:
        raise RedeemExceedsAvailable(_why(asset, found))


def _why(asset: Asset, found: queries.Available) -> str:
    def shown(units: int) -> str:
        return f"{format_units(units, asset.decimals)} {asset.symbol}"

    taken = [f"{shown(part.units)} {part.name.lower()}" for part in found.parts]
    less = f", less {', '.join(taken)}" if taken else ""
    return f"The wallet can redeem {shown(found.units)}: it holds {shown(found.balance)}{less}."


def _refuse_min_payment(asset: Asset, wanted: RedemptionRequest) -> None:
    if wanted.method not in (Method.USDC, Method.OFF_CHAIN):
        raise MethodUnknown
    if wanted.method == Method.OFF_CHAIN:
        if wanted.min_payment:
            raise MinPaymentNotZero
        return
    if wanted.min_payment <= 0:
        raise MinPaymentMissing
    value = queries.value_at_issue_price(asset, wanted.amount)
    if wanted.min_payment > min(MIN_PAYMENT_AT_MOST * max(value, 1), MAX_UNITS):
        raise MinPaymentTooHigh
