"""An asset's terms in words, for pages and the admin."""

from assets import terms
from assets.models import Asset
from rwa_portal.core.chain_values import format_units

TYPES = {"RETAIL": "Retail", "ACCREDITED": "Accredited", "INSTITUTIONAL": "Institutional"}


def particulars(asset: Asset) -> list[tuple[str, str]]:
    labels = terms.PARTICULARS[Asset.Type(asset.asset_type)]
    return [(labels[name], asset.particulars[name]) for name in labels if asset.particulars.get(name)]


def jurisdictions(asset: Asset) -> list[tuple[str, str]]:
    allowed = asset.terms.get("jurisdictions", {})
    return [(label, ", ".join(allowed.get(kind, ()))) for kind, label in TYPES.items()]


def smallest_holding(asset: Asset) -> str:
    units = terms.min_holding(asset)
    return "no limit" if units is None else f"{format_units(units, asset.decimals)} {asset.symbol}"


def lock_up(asset: Asset) -> str:
    until = terms.lock_up_until(asset)
    return f"{until:%d %b %Y %H:%M} UTC" if until else "none"


def words(asset: Asset) -> dict[str, object]:
    """What the template of the terms asks for."""
    return {
        "particulars": particulars(asset),
        "jurisdictions": jurisdictions(asset),
        "smallest_holding": smallest_holding(asset),
        "lock_up": lock_up(asset),
    }
