"""What the distributor and the redemption module say, one row an event. Life cycles come from these rows."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from django.conf import settings

from corporate_actions.models import DistributionFact, Freeze, RedemptionFact
from indexer.registry import Event

# Event: what it means, and which column each key of its payload goes to.
DISTRIBUTIONS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "DividendDeclared": (
        "DECLARED",
        {
            "id": "number",
            "token": "token",
            "snapshotId": "snapshot_id",
            "amount": "amount",
            "expiry": "expires_at",
            "eligible": "eligible_units",
        },
    ),
    "DividendFunded": (
        "FUNDED",
        {"id": "number", "funder": "party", "added": "amount", "total": "total_funded"},
    ),
    "DividendOpened": ("OPENED", {"id": "number"}),
    "DividendClaimed": (
        "CLAIMED",
        {"id": "number", "token": "token", "holder": "holder", "to": "party", "amount": "amount"},
    ),
    "DividendClaimSkipped": ("CLAIM_SKIPPED", {"id": "number", "holder": "holder"}),
    "DividendHeld": ("HELD", {"id": "number", "holder": "holder", "amount": "amount"}),
    "DividendSwept": ("SWEPT", {"id": "number", "to": "party", "amount": "amount"}),
    "DividendCancelled": ("CANCELLED", {"id": "number", "to": "party", "returned": "amount"}),
}
REDEMPTIONS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "RedemptionRequested": (
        "REQUESTED",
        {"id": "number", "token": "token", "holder": "holder", "amount": "units", "minPayment": "amount"},
    ),
    "RedemptionCancelled": ("CANCELLED", {"id": "number", "by": "party"}),
    "RedemptionSettled": (
        "SETTLED",
        {
            "id": "number",
            "token": "token",
            "holder": "holder",
            "to": "party",
            "amount": "units",
            "payment": "amount",
        },
    ),
    "FinalRedemptionOpened": (
        "FINAL_OPENED",
        {"token": "token", "price": "price", "funded": "amount", "expiry": "expires_at"},
    ),
    "FinalRedeemed": (
        "FINAL_REDEEMED",
        {"token": "token", "holder": "holder", "to": "party", "amount": "units", "payment": "amount"},
    ),
    "FinalRedemptionSwept": ("FINAL_SWEPT", {"token": "token", "to": "party", "amount": "amount"}),
    "Retired": ("RETIRED", {"token": "token", "account": "holder", "amount": "units"}),
}
ADDRESSES = {"token", "holder", "party"}


def project_distribution_facts(events: Sequence[Event]) -> None:
    """Keep what was said about distributions. The same batch twice changes nothing."""
    rows = [DistributionFact(**_columns(event, DISTRIBUTIONS)) for event in events]
    DistributionFact.objects.bulk_create(rows, ignore_conflicts=True)


def project_redemption_facts(events: Sequence[Event]) -> None:
    """Keep what was said about redemptions. The same batch twice changes nothing."""
    rows = [RedemptionFact(**_columns(event, REDEMPTIONS)) for event in events]
    RedemptionFact.objects.bulk_create(rows, ignore_conflicts=True)


def project_freezes(events: Sequence[Event]) -> None:
    """Keep what of a wallet's units is frozen; of its number and of its whole the last word counts."""
    _note_freezes([each for each in events if each.name == "Frozen"], "units", "amount")
    _note_freezes([each for each in events if each.name == "AddressFrozen"], "is_whole", "isFrozen")


def _note_freezes(events: Sequence[Event], column: str, key: str) -> None:
    # One event writes one column, so the other's stands as it is.
    rows = {
        (event.address, event.payload["account"]): Freeze(
            chain_id=settings.CHAIN.chain_id,
            token=event.address,
            wallet=event.payload["account"],
            updated_block=event.block_number,
            **{column: int(event.payload[key])},
        )
        for event in events
    }
    Freeze.objects.bulk_create(
        rows.values(),
        update_conflicts=True,
        unique_fields=["chain_id", "token", "wallet"],
        update_fields=[column, "updated_block"],
    )


def _columns(event: Event, meanings: Mapping[str, tuple[str, Mapping[str, str]]]) -> dict[str, Any]:
    kind, columns = meanings[event.name]
    values = {column: _value(column, event.payload[key]) for key, column in columns.items()}
    return {
        "id": event.id,
        "seq": event.seq,
        "kind": kind,
        "source": event.address,
        "tx_hash": event.tx_hash,
        "block_number": event.block_number,
        "block_at": event.block_at,
        **values,
    }


def _value(column: str, text: str) -> str | int | datetime:
    if column in ADDRESSES:
        return text
    if column == "expires_at":
        return datetime.fromtimestamp(int(text), UTC)
    return int(text)
