"""What the pages of redemptions show, put together from stored facts. Reads only."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet, Sum

from assets.models import Asset
from contracts.models import ChainOperation
from corporate_actions import instructions_redemptions, queries_final
from corporate_actions import queries_redemptions as queries
from corporate_actions.models import LOCKED, FinalRedemption, Redemption, SettlementStatus
from indexer import queries as indexer
from indexer.models import Holding
from investors.models import Investor, Wallet


@dataclass(frozen=True)
class Position:
    """A wallet's holding of an asset, and what of it can be redeemed."""

    asset: Asset
    wallet: Wallet
    available: queries.Available

    @property
    def can_redeem(self) -> bool:
        return self.asset.status == Asset.Status.ACTIVE and self.available.units > 0


@dataclass(frozen=True)
class FinalPosition:
    """What a wallet gets of a final redemption, and how it takes it."""

    wallet: Wallet
    balance: int
    locked: int
    payment: int
    call: instructions_redemptions.WalletCall | None
    under_way: str
    taken: Redemption | None


@dataclass(frozen=True)
class Pot:
    """The money of a final redemption, in micro-USDC."""

    funded: int
    paid: int
    remaining: int
    is_open: bool
    is_expired: bool


def positions(investor: Investor, *, asset: Asset | None = None) -> list[Position]:
    """Every wallet's holding of every asset; of one asset also the wallets that hold none of it."""
    wallets = list(investor.wallets.order_by("-is_primary", "proven_at", "id"))
    if asset is not None:
        return [Position(asset, wallet, queries.available(asset, wallet)) for wallet in wallets]
    by_address = {wallet.address: wallet for wallet in wallets}
    held = Holding.objects.filter(wallet__in=by_address, units__gt=0).order_by("token", "wallet")
    tokens = Asset.objects.filter(token_address__in=held.values("token"))
    assets = {each.token_address: each for each in tokens}
    return [
        Position(assets[row.token], wallet, queries.available(assets[row.token], wallet))
        for row in held
        if row.token in assets and (wallet := by_address[row.wallet])
    ]


def open_finals(investor: Investor) -> QuerySet[FinalRedemption]:
    """The final redemptions in which this investor still has units."""
    wallets = investor.wallets.values("address")
    tokens = Holding.objects.filter(wallet__in=wallets, units__gt=0).values("token")
    found = FinalRedemption.objects.filter(
        status=FinalRedemption.Status.OPEN, asset__token_address__in=tokens
    )
    return found.select_related("asset").order_by("expires_at", "id")


def final_positions(final: FinalRedemption, investor: Investor) -> list[FinalPosition]:
    wallets = investor.wallets.order_by("-is_primary", "proven_at", "id")
    return [_final_position(final, wallet) for wallet in wallets]


def pot(final: FinalRedemption, *, at: datetime) -> Pot:
    return Pot(
        funded=final.funded or 0,
        paid=queries_final.paid(final),
        remaining=queries_final.remaining(final),
        is_open=final.status == FinalRedemption.Status.OPEN,
        is_expired=final.expires_at is not None and at > final.expires_at,
    )


def sums(asset: Asset) -> dict[str, int]:
    """Units of an asset that are locked and that were burned, and what was paid for these on chain."""
    rows = Redemption.objects.filter(asset=asset)
    locked = rows.filter(settlement_status__in=LOCKED).aggregate(units=Sum("amount"))
    settled = rows.filter(settlement_status=SettlementStatus.SETTLED)
    burned = settled.aggregate(units=Sum("amount"), paid=Sum("payment"))
    return {
        "locked": int(locked["units"] or 0),
        "burned": int(burned["units"] or 0),
        "paid": int(burned["paid"] or 0),
    }


def fingerprint(redemption: Redemption) -> str:
    """Change whenever its page would look otherwise; cheap, for it is asked every few seconds."""
    calls = ChainOperation.objects.filter(subject=redemption.pk).order_by("-state_at")
    seen = (
        queries.seen_lock(redemption)
        or queries.seen_settlement(redemption)
        or queries.seen_cancellation(redemption)
    )
    newest = calls.values_list("state_at", flat=True).first()
    parts = (redemption.settlement_status, redemption.failed_at, newest, seen.confirmations if seen else "")
    return "|".join(map(str, parts))


def final_fingerprint(final: FinalRedemption, investor: Investor | None) -> str:
    positions = final_positions(final, investor) if investor else []
    parts = [f"{each.balance} {each.under_way}" for each in positions]
    return "|".join([final.status, str(queries_final.paid(final)), *parts])


def _final_position(final: FinalRedemption, wallet: Wallet) -> FinalPosition:
    token = str(final.asset.token_address)
    balance = indexer.holding(token, wallet.address)
    locked = queries.locked_units(final.asset, wallet)
    seen = indexer.seen("RedemptionModule.FinalRedeemed", token=token, holder=wallet.address)
    can_take = final.status == FinalRedemption.Status.OPEN and balance > 0 and not locked
    taken = Redemption.objects.filter(asset=final.asset, wallet=wallet, method=Redemption.Method.FINAL)
    return FinalPosition(
        wallet=wallet,
        balance=balance,
        locked=locked,
        payment=queries_final.payment_for(final, balance),
        call=instructions_redemptions.redeem_final(final, wallet) if can_take else None,
        under_way=f"in a block, {seen.confirmations} on top" if seen else "",
        taken=taken.order_by("-settled_at").first(),
    )
