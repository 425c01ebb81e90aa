"""What an investor holds, over all of their wallets, as of the confirmed block."""

from dataclasses import dataclass

from assets.models import Asset
from indexer.models import Holding
from investors.models import Investor


@dataclass(frozen=True)
class Held:
    asset: Asset
    wallet: str
    units: int


def holdings_of(investor: Investor) -> list[Held]:
    wallets = list(investor.wallets.values_list("address", flat=True))
    rows = Holding.objects.filter(wallet__in=wallets, units__gt=0).order_by("token", "wallet")
    assets = {
        asset.token_address: asset
        for asset in Asset.objects.filter(token_address__in=[r.token for r in rows])
    }
    return [Held(assets[row.token], row.wallet, row.units) for row in rows if row.token in assets]
