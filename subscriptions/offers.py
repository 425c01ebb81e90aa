"""The final terms of an asset that is on chain. Before that any of them may still be empty."""

from dataclasses import dataclass
from datetime import datetime

from assets.models import Asset
from rwa_portal.core.errors import DomainError


class AssetNotOnChain(DomainError):
    """The asset is not deployed, so it has no escrow and no final terms."""


@dataclass(frozen=True)
class Offer:
    """Money in micro-USDC, units in the token's smallest unit."""

    escrow: str
    price: int  # of one whole token
    cap: int
    min_units: int
    opens_at: datetime
    closes_at: datetime


def offer_of(asset: Asset) -> Offer:
    """
    :raises AssetNotOnChain:
    """
    if (
        asset.escrow_address is None
        or asset.unit_price is None
        or asset.supply_cap is None
        or asset.min_units is None
        or asset.opens_at is None
        or asset.closes_at is None
    ):
        raise AssetNotOnChain
    return Offer(
        escrow=asset.escrow_address,
        price=asset.unit_price,
        cap=asset.supply_cap,
        min_units=asset.min_units,
        opens_at=asset.opens_at,
        closes_at=asset.closes_at,
    )
