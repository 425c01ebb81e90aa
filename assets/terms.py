"""
What an asset's terms must keep to, whoever states them.

- Each rule is here once: forms, the API and the actions ask the same functions.
- `check` looks at what is there and accepts gaps (a draft has them); `check_complete` does not.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any

from assets.calculations import price_rounded_up
from assets.models import Asset
from rwa_portal.core.chain_values import MAX_UNITS, parse_address
from rwa_portal.core.errors import RuleBroken
from rwa_portal.core.jurisdictions import parse_jurisdiction

INVESTOR_TYPES = ("RETAIL", "ACCREDITED", "INSTITUTIONAL")
MAX_HOLDERS = 2**32 - 1  # the contracts keep it in uint32
PARTICULARS = {
    Asset.Type.REAL_ESTATE: {
        "location": "Address",
        "land_register": "Land register and folio",
        "use": "Use",
        "valuation": "Valuation and its date",
    },
    Asset.Type.CREDIT: {
        "borrower": "Borrower (company)",
        "principal": "Principal and currency",
        "interest": "Interest",
        "collateral": "Collateral",
    },
    Asset.Type.COMMODITY: {
        "commodity": "Commodity and grade",
        "quantity": "Quantity",
        "vault": "Vault or warehouse",
        "insurer": "Insurer",
    },
}
EDITABLE = (
    "asset_type",
    "name",
    "symbol",
    "particulars",
    "decimals",
    "supply_cap",
    "unit_price",
    "min_units",
    "opens_at",
    "closes_at",
    "maturity_date",
    "pay_to",
)
RESTRICTIONS = ("jurisdictions", "max_holders", "lock_up_until", "min_holding")  # kept in Asset.terms
REQUIRED = (
    "name",
    "symbol",
    "supply_cap",
    "unit_price",
    "min_units",
    "opens_at",
    "closes_at",
    "pay_to",
)


class SymbolMalformed(RuleBroken):
    """A symbol is 2 to 11 characters, A-Z and 0-9."""

    field = "symbol"


class NameMalformed(RuleBroken):
    """A name is 1 to 100 printable characters."""

    field = "name"


class DecimalsOutOfRange(RuleBroken):
    """A token has 0 to 18 decimals."""

    field = "decimals"


class AmountOutOfRange(RuleBroken):
    """The amount must be above zero and at most 2^96-1 (the contracts keep it in 96 bits)."""


class MinUnitsAboveCap(RuleBroken):
    """The smallest order is larger than the supply cap."""

    field = "min_units"


class MinHoldingAboveCap(RuleBroken):
    """The smallest holding is larger than the supply cap."""

    field = "min_holding"


class OfferingTooLarge(RuleBroken):
    """Price times supply cap is more than the contracts can hold (2^96-1 micro-USDC)."""

    field = "unit_price"


class ClosesBeforeItOpens(RuleBroken):
    """The offering must close after it opens."""

    field = "closes_at"


class ClosesInThePast(RuleBroken):
    """The offering would be closed already."""

    field = "closes_at"


class MaturesBeforeItCloses(RuleBroken):
    """The asset would fall due before its offering closes."""

    field = "maturity_date"


class MaxHoldersOutOfRange(RuleBroken):
    """The most holders are 1 to 4,294,967,295, or no limit."""

    field = "max_holders"


class LockUpOutOfRange(RuleBroken):
    """A lock-up ends in this century or later."""

    field = "lock_up_until"


class JurisdictionsMissing(RuleBroken):
    """Name at least one jurisdiction for one type of investor, or nobody may hold the asset."""

    field = "jurisdictions"


class InvestorTypeUnknown(RuleBroken):
    """Types of investors are RETAIL, ACCREDITED and INSTITUTIONAL."""

    field = "jurisdictions"


class ParticularsUnknown(RuleBroken):
    """This type of asset has no such particular."""

    field = "particulars"


class AssetIncomplete(RuleBroken):
    """Something is still missing."""


class DocumentMissing(RuleBroken):
    """Add the deed or title: what shows who owns the asset."""

    field = "documents"


@dataclass(frozen=True)
class Offering:
    """What every asset has once it was submitted."""

    supply_cap: int
    unit_price: int
    min_units: int
    opens_at: datetime
    closes_at: datetime
    pay_to: str


class FieldUnknown(RuleBroken):
    """The asset has no such field that can be written."""


class AssetTypeUnknown(RuleBroken):
    """An asset is REAL_ESTATE, CREDIT or COMMODITY."""

    field = "asset_type"


def restrictions(
    *,
    jurisdictions: Mapping[str, Iterable[str]] | None = None,
    max_holders: int | None = None,
    lock_up_until: datetime | None = None,
    min_holding: int | None = None,
) -> dict[str, Any]:
    """
    Return what Asset.terms holds, in one form: codes sorted, times in UTC, units as text.

    :raises InvestorTypeUnknown, JurisdictionUnknown:
    :raises MaxHoldersOutOfRange, AmountOutOfRange, LockUpOutOfRange:
    """
    given = jurisdictions or {}
    if set(given) - set(INVESTOR_TYPES):
        raise InvestorTypeUnknown
    allowed = {
        kind: sorted({parse_jurisdiction(code, field="jurisdictions") for code in given.get(kind, ())})
        for kind in INVESTOR_TYPES
    }
    if max_holders is not None and not 1 <= max_holders <= MAX_HOLDERS:
        raise MaxHoldersOutOfRange
    if min_holding is not None and not 0 < min_holding <= MAX_UNITS:
        raise AmountOutOfRange(field="min_holding")
    if lock_up_until is not None and lock_up_until.year < 2000:
        raise LockUpOutOfRange
    return {
        "jurisdictions": allowed,
        "max_holders": max_holders,
        "lock_up_until": f"{lock_up_until.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if lock_up_until else None,
        "min_holding": None if min_holding is None else str(min_holding),
    }


def lock_up_until(asset: Asset) -> datetime | None:
    text = asset.terms.get("lock_up_until")
    return datetime.fromisoformat(text) if text else None


def min_holding(asset: Asset) -> int | None:
    text = asset.terms.get("min_holding")
    return int(text) if text else None


def write(asset: Asset, changes: Mapping[str, Any]) -> None:
    """
    Set fields of the asset and check what it says then.

    :raises FieldUnknown, AssetTypeUnknown:
    :raises RuleBroken: see `check`
    """
    unknown = sorted(set(changes) - set(EDITABLE) - set(RESTRICTIONS))
    if unknown:
        raise FieldUnknown(field=unknown[0])
    for name in set(changes) & set(EDITABLE):
        setattr(asset, name, changes[name])
    asset.terms = restrictions(
        **{name: changes.get(name, value) for name, value in _restricted(asset).items()}
    )
    if asset.asset_type not in Asset.Type.values:
        raise AssetTypeUnknown
    if asset.pay_to is not None:
        asset.pay_to = parse_address(asset.pay_to, field="pay_to")
    check(asset)


def check(asset: Asset) -> None:
    """
    Check what the draft says so far.

    :raises RuleBroken: the first rule it breaks, with the field
    """
    _check_words(asset)
    _check_amounts(asset)
    _check_times(asset)


def offering(asset: Asset) -> Offering:
    """
    :raises AssetIncomplete: naming everything that is missing
    """
    missing = [name for name in REQUIRED if getattr(asset, name) in (None, "")]
    if missing:
        labels = ", ".join(name.replace("_", " ") for name in missing)
        raise AssetIncomplete(f"Still missing: {labels}.", field=missing[0])
    return Offering(**{field.name: getattr(asset, field.name) for field in fields(Offering)})


def check_complete(asset: Asset, *, at: datetime) -> None:
    """
    Check that nothing is missing and the offering still lies ahead.

    :raises AssetIncomplete, JurisdictionsMissing, ClosesInThePast: and whatever `check` refuses
    """
    closes_at = offering(asset).closes_at
    if not any(asset.terms.get("jurisdictions", {}).values()):
        raise JurisdictionsMissing
    check(asset)
    if closes_at <= at:
        raise ClosesInThePast


def _restricted(asset: Asset) -> dict[str, Any]:
    """Asset.terms as `restrictions` takes it."""
    return {
        "jurisdictions": asset.terms.get("jurisdictions", {}),
        "max_holders": asset.terms.get("max_holders"),
        "lock_up_until": lock_up_until(asset),
        "min_holding": min_holding(asset),
    }


def _check_words(asset: Asset) -> None:
    if not asset.name or len(asset.name) > 100 or not asset.name.isprintable():
        raise NameMalformed
    if asset.symbol and not re.fullmatch(r"[A-Z0-9]{2,11}", asset.symbol):
        raise SymbolMalformed
    if set(asset.particulars) - set(PARTICULARS[Asset.Type(asset.asset_type)]):
        raise ParticularsUnknown


def _check_amounts(asset: Asset) -> None:
    if not 0 <= asset.decimals <= 18:
        raise DecimalsOutOfRange
    for name in ("supply_cap", "unit_price", "min_units"):
        value = getattr(asset, name)
        if value is not None and not 0 < value <= MAX_UNITS:
            raise AmountOutOfRange(field=name)
    if asset.supply_cap is None:
        return
    if asset.min_units is not None and asset.min_units > asset.supply_cap:
        raise MinUnitsAboveCap
    if (min_holding(asset) or 0) > asset.supply_cap:
        raise MinHoldingAboveCap
    if price_rounded_up(asset.supply_cap, asset.unit_price or 0, asset.decimals) > MAX_UNITS:
        raise OfferingTooLarge


def _check_times(asset: Asset) -> None:
    if asset.closes_at is None:
        return
    if asset.opens_at is not None and asset.opens_at >= asset.closes_at:
        raise ClosesBeforeItOpens
    if asset.maturity_date is not None and asset.maturity_date <= asset.closes_at.date():
        raise MaturesBeforeItCloses
