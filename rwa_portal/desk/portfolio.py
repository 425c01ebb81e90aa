"""What an investor holds, over all of their wallets, as of the confirmed block."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from assets.models import Asset
from corporate_actions import queries_redemptions as redemptions
from indexer.models import Holding
from investors.models import Investor, Wallet


@dataclass(frozen=True)
class Held:
    """One wallet's units of one asset, in its smallest unit, and what of them can be moved."""

    asset: Asset
    wallet: str
    units: int
    parts: Sequence[Any]  # what is frozen, locked or asked for, each with its units and reason
    free: int

    @property
    def value(self) -> int:
        """Micro-USDC at the price of issue, rounded down: not what anybody would pay for it."""
        return self.units * (self.asset.unit_price or 0) // 10**self.asset.decimals


def holdings_of(investor: Investor) -> list[Held]:
    wallets = {wallet.address: wallet for wallet in investor.wallets.all()}
    rows = Holding.objects.filter(chain_id=settings.CHAIN.chain_id, wallet__in=list(wallets), units__gt=0)
    tokens = {row.token for row in rows}
    assets = {
        asset.token_address: asset
        for asset in Asset.objects.filter(token_address__in=tokens).select_related("issuer")
    }
    found = [_held(assets[row.token], wallets[row.wallet], row.units) for row in rows if row.token in assets]
    return sorted(found, key=lambda held: (held.asset.name, str(held.asset.pk), held.wallet))


def value_of(holdings: Sequence[Held]) -> int:
    """Micro-USDC, at the unit prices."""
    return sum(held.value for held in holdings)


def _held(asset: Asset, wallet: Wallet, units: int) -> Held:
    available = redemptions.available(asset, wallet)
    return Held(asset, wallet.address, units, available.parts, available.units)
