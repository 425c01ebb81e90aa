"""
The asset's terms as one text, named by its hash.

- Canonical JSON (calculations.canonical): sorted keys, no floats, integers as texts; times in UTC.
- Anyone can fetch it by metadata_uri and compare its SHA-256 with the one the chain keeps.
- No personal data and no file names: companies, numbers and hashes.
"""

from datetime import UTC, datetime

from django.conf import settings

from assets import calculations
from assets.models import Asset, AssetDocument
from assets.terms import offering

SCHEMA = "rwa-portal/asset-metadata/1"


def body(asset: Asset) -> str:
    """Write the canonical text of the terms and document hashes as they stand."""
    offered = offering(asset)
    return calculations.canonical(
        {
            "schema": SCHEMA,
            "asset": {
                "id": str(asset.pk),
                "type": asset.asset_type,
                "name": asset.name,
                "symbol": asset.symbol,
                "decimals": str(asset.decimals),
                "particulars": asset.particulars,
                "maturity_date": asset.maturity_date.isoformat() if asset.maturity_date else None,
            },
            "issuer": {
                "id": str(asset.issuer_id),
                "legal_name": asset.issuer.legal_name,
                "registration_number": asset.issuer.registration_number,
                "jurisdiction": asset.issuer.jurisdiction_code,
            },
            "offering": {
                "supply_cap": str(offered.supply_cap),
                "unit_price_micro_usdc": str(offered.unit_price),
                "min_units": str(offered.min_units),
                "opens_at": _utc(offered.opens_at),
                "closes_at": _utc(offered.closes_at),
                "pay_to": offered.pay_to,
            },
            "restrictions": _texts(asset.terms),
            "documents": [_document(row) for row in asset.documents.standing().order_by("sha256")],
        }
    )


def uri(sha256: str) -> str:
    return f"{settings.PORTAL_URL}/metadata/{sha256.removeprefix('0x')}.json"


def _document(row: AssetDocument) -> dict[str, str | None]:
    return {
        "kind": row.kind,
        "sha256": row.sha256,
        "version": str(row.version),
        "expires_on": row.expires_on.isoformat() if row.expires_on else None,
    }


def _texts(terms: dict) -> dict:
    return {**terms, "max_holders": None if terms["max_holders"] is None else str(terms["max_holders"])}


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
