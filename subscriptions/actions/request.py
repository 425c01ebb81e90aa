import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from assets.models import Asset
from assets.queries import subscription_terms_hash
from contracts import calls
from investors.models import Investor, Wallet
from investors.queries import InvestorNotEligible, InvestorUnknown, eligibility, require_eligible
from rwa_portal.core import drafts, history
from rwa_portal.core.actions import action
from rwa_portal.core.chain_values import MAX_UNITS, format_units
from rwa_portal.core.errors import DomainError, RuleBroken
from rwa_portal.core.models import AuditEvent, User
from subscriptions import calculations, queries
from subscriptions.models import Subscription
from subscriptions.offers import offer_of

PAY_WITHIN = timedelta(days=3)
SETTLE_WITHIN = timedelta(days=14)  # from pay_by; the escrow asks for seven days at least


class AssetUnknown(RuleBroken):
    """There is no such asset on offer."""

    field = "asset_id"


class WalletNotProven(RuleBroken):
    """This is no wallet which the investor has proven."""

    field = "wallet_id"


class AssetNotActive(DomainError):
    """The asset takes no orders: its token is not active."""


class OfferingNotOpen(DomainError):
    """The asset takes no orders now."""


class UnitsBelowMinimum(RuleBroken):
    """The order is below the asset's minimum."""

    field = "amount_requested"


class UnitsAboveCap(RuleBroken):
    """The order is larger than what is left under the supply cap."""

    field = "amount_requested"


class PaymentTooLarge(RuleBroken):
    """The order costs more than any payment can be."""

    field = "amount_requested"


class TermsNotAccepted(RuleBroken):
    """Accept the subscription agreement as it stands now; it may have changed since you read it."""

    field = "terms_hash"


@dataclass(frozen=True)
class OrderRequest:
    """What an investor asks for. Units in the token's smallest unit; no wallet means the primary one."""

    investor_id: UUID
    asset_id: UUID
    units: int
    terms_hash: str
    wallet_id: UUID | None = None


@action
def request_subscription(*, order: OrderRequest, by: User, at: datetime) -> Subscription:
    """
    Order newly issued units, and accept the agreement whose hash is named.

    The order's id on chain covers all of its terms. It must be paid within PAY_WITHIN.

    :raises AssetUnknown, InvestorUnknown, WalletNotProven: what is named is not there
    :raises AssetNotActive, OfferingNotOpen: nothing is on offer now
    :raises UnitsBelowMinimum, UnitsAboveCap, PaymentTooLarge, TermsNotAccepted: a value breaks a rule
    :raises InvestorNotEligible: see investors.queries
    """
    asset = Asset.objects.select_for_update(of=("self",)).filter(pk=order.asset_id).first()
    if asset is None:
        raise AssetUnknown
    investor = Investor.objects.filter(pk=order.investor_id).first()
    if investor is None:
        raise InvestorUnknown
    refuse_closed(asset, at=at)
    refuse_units(asset, order.units)
    if order.terms_hash != subscription_terms_hash(asset):
        raise TermsNotAccepted
    wallet = _wallet(investor, order.wallet_id)
    if wallet is None:  # the reasons say so, and what else is missing
        raise InvestorNotEligible(eligibility(investor, asset, at=at))
    require_eligible(investor, wallet, asset, at=at)

    subscription = _new(asset, wallet, order, by=by, at=at)
    history.save(subscription, by=by, reason="subscription.requested")
    drafts.discard(user=by, name=draft_name(asset))
    AuditEvent.record("subscription.requested", subject=subscription, by=by, at=at)
    return subscription


def draft_name(asset: Asset) -> str:
    return f"order-{asset.pk}"


def refuse_closed(asset: Asset, *, at: datetime) -> None:
    """
    :raises AssetNotActive: its token is not there yet, paused or redeemed
    :raises OfferingNotOpen: before opens_at or from closes_at on
    """
    if asset.status != Asset.Status.ACTIVE:
        raise AssetNotActive
    offer = offer_of(asset)
    if at < offer.opens_at:
        raise OfferingNotOpen(f"The offering opens at {offer.opens_at:%Y-%m-%d %H:%M} UTC.")
    if at >= offer.closes_at:
        raise OfferingNotOpen(f"The offering closed at {offer.closes_at:%Y-%m-%d %H:%M} UTC.")


def refuse_units(asset: Asset, units: int) -> None:
    """
    :raises UnitsBelowMinimum, UnitsAboveCap, PaymentTooLarge:
    """
    offer = offer_of(asset)
    if units < max(offer.min_units, 1):
        minimum = format_units(offer.min_units, asset.decimals)
        raise UnitsBelowMinimum(f"The smallest order is {minimum} {asset.symbol}.")
    left = queries.available(asset)
    if units > left:
        shown = format_units(left, asset.decimals)
        raise UnitsAboveCap(f"Only {shown} {asset.symbol} are left under the supply cap.")
    if calculations.payment_due(units, offer.price, asset.decimals) > MAX_UNITS:
        raise PaymentTooLarge


def _wallet(investor: Investor, wallet_id: UUID | None) -> Wallet | None:
    if wallet_id is None:
        return investor.wallets.filter(is_primary=True).first()
    wallet = investor.wallets.filter(pk=wallet_id).first()
    if wallet is None:
        raise WalletNotProven
    return wallet


def _new(asset: Asset, wallet: Wallet, order: OrderRequest, *, by: User, at: datetime) -> Subscription:
    offer = offer_of(asset)
    pay_by = at.replace(microsecond=0) + PAY_WITHIN  # the chain counts whole seconds
    subscription = Subscription(
        id=uuid.uuid4(),
        investor=wallet.investor,
        wallet=wallet,
        asset=asset,
        amount_requested=order.units,
        payment_due=calculations.payment_due(order.units, offer.price, asset.decimals),
        pay_by=pay_by,
        settle_by=pay_by + SETTLE_WITHIN,
        terms_hash=order.terms_hash,
        requested_by=by,
        created_at=at,
    )
    subscription.order_id = calls.order_id(offer.escrow, queries.order_of(subscription))
    return subscription
