"""The final redemption of a closed asset: what it costs, what is left of it. Reads only."""

from django.db.models import Exists, OuterRef, QuerySet, Sum

from assets.models import Asset
from corporate_actions.models import FinalRedemption, RedemptionFact
from corporate_actions.queries_redemptions import living
from indexer import queries as indexer

__all__ = ["living"]


def units_left(asset: Asset) -> int:
    """The units somebody still holds, at the confirmed block."""
    return sum(indexer.holdings(str(asset.token_address)).values())


def due(asset: Asset, price: int) -> int:
    """
    What all units cost at `price` micro-USDC a whole token, rounded up.

    Accounts which the token excludes are not paid: the contract takes no more than this, and may take less.
    """
    return -(-units_left(asset) * price // 10**asset.decimals)


def paid(final: FinalRedemption) -> int:
    said = RedemptionFact.objects.filter(
        kind=RedemptionFact.Kind.FINAL_REDEEMED, token=final.asset.token_address
    )
    return int(said.aggregate(sum=Sum("amount"))["sum"] or 0)


def remaining(final: FinalRedemption) -> int:
    """What the contract still holds for the asset's holders, in micro-USDC."""
    if final.funded is None:
        return 0
    return final.funded - paid(final) - (final.swept or 0)


def payment_for(final: FinalRedemption, units: int) -> int:
    """What the holder of `units` gets, rounded down, as the contract computes it."""
    return units * (final.price or 0) // 10**final.asset.decimals


def redeemed_without_final() -> QuerySet[Asset]:
    noted = FinalRedemption.objects.filter(asset=OuterRef("pk"))
    closed = Asset.objects.filter(status=Asset.Status.REDEEMED)
    return closed.exclude(Exists(noted)).order_by("created_at", "id")


def open_facts(final: FinalRedemption) -> dict[str, str]:
    return {
        "token": str(final.asset.token_address),
        "price": str(final.price),
        "expires_at": str(final.expires_at),
        "units": str(units_left(final.asset)),
    }


def sweep_facts(final: FinalRedemption) -> dict[str, str]:
    return {"token": str(final.asset.token_address), "price": str(final.price)}


def open_key(final: FinalRedemption) -> str:
    return f"final_redemption:{final.pk}:open"


def sweep_key(final: FinalRedemption) -> str:
    return f"final_redemption:{final.pk}:sweep"
