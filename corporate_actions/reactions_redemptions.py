"""
What the redemption module says moves redemptions.

- PENDING by RedemptionRequested, SETTLED by RedemptionSettled or FinalRedeemed, CANCELLED by
  RedemptionCancelled alone.
- A request on chain is matched with the oldest of ours that has its holder, token, amount and least payment;
  one that nobody made here gets a row of its own as soon as its holder is known.
- Locks like an action: the asset, then its redemption. Each event may come again.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from assets.models import Asset
from corporate_actions.models import (
    EndedBecause,
    FinalRedemption,
    Method,
    Redemption,
    RedemptionFact,
    SettlementStatus,
)
from corporate_actions.redemption_matching import Asked, note_request, save
from indexer.registry import Event
from investors.models import Wallet
from rwa_portal.core.models import User


def react_requested(event: Event) -> None:
    """Mark the request PENDING; one that nobody made here gets a row if its holder is known."""
    said = event.payload
    note_request(
        Asked(
            number=int(said["id"]),
            token=said["token"],
            holder=said["holder"],
            units=int(said["amount"]),
            min_payment=int(said["minPayment"]),
            tx_hash=event.tx_hash,
            at=event.block_at,
        )
    )


def react_settled(event: Event) -> None:
    """Mark the redemption SETTLED: its units are burned and its payment is made."""
    redemption = _lock(event)
    if redemption is None or redemption.settlement_status == SettlementStatus.SETTLED:
        return
    redemption.record_settlement(
        payment=int(event.payload["payment"]),
        payee=event.payload["to"],
        tx_hash=event.tx_hash,
        at=event.block_at,
    )
    save(redemption, "redemption.settled", event.block_at)


def react_cancelled(event: Event) -> None:
    """Mark the redemption CANCELLED, and by whom: its holder, or the platform by legal order."""
    redemption = _lock(event)
    if redemption is None or redemption.settlement_status == SettlementStatus.CANCELLED:
        return
    own = event.payload["by"] == redemption.wallet.address
    redemption.record_cancellation(
        because=EndedBecause.BY_HOLDER if own else EndedBecause.BY_ORDER,
        tx_hash=event.tx_hash,
        at=event.block_at,
    )
    save(redemption, "redemption.cancelled", event.block_at)


def react_final_opened(event: Event) -> None:
    """Mark the final redemption OPEN at the price and the sum the chain names."""
    final = _lock_final(event, make=True)
    if final is None or final.status in (FinalRedemption.Status.OPEN, FinalRedemption.Status.SWEPT):
        return
    final.record_opening(
        price=int(event.payload["price"]),
        funded=int(event.payload["funded"]),
        expires_at=datetime.fromtimestamp(int(event.payload["expiry"]), UTC),
        tx_hash=event.tx_hash,
        at=event.block_at,
    )
    save(final, "final_redemption.opened", event.block_at)


def react_final_redeemed(event: Event) -> None:
    """Book what a holder took of a final redemption as a settled redemption of its own."""
    said = event.payload
    asset = Asset.objects.select_for_update(of=("self",)).filter(token_address=said["token"]).first()
    wallet = Wallet.objects.select_related("investor").filter(address=said["holder"]).first()
    if asset is None or wallet is None or Redemption.objects.filter(pk=event.id).exists():
        return
    chain = User.service("chain")
    redemption = Redemption(
        id=event.id,
        investor=wallet.investor,
        wallet=wallet,
        asset=asset,
        amount=int(said["amount"]),
        method=Method.FINAL,
        settlement_status=SettlementStatus.SETTLED,
        payment=int(said["payment"]),
        payee=said["to"],
        burn_tx_hash=event.tx_hash,
        settled_at=event.block_at,
        requested_by=chain,
        created_at=event.block_at,
    )
    save(redemption, "redemption.final_redeemed", event.block_at)


def react_final_swept(event: Event) -> None:
    """Mark the final redemption SWEPT."""
    final = _lock_final(event)
    if final is None or final.status == FinalRedemption.Status.SWEPT:
        return
    final.record_sweep(
        amount=int(event.payload["amount"]),
        to=event.payload["to"],
        tx_hash=event.tx_hash,
        at=event.block_at,
    )
    save(final, "final_redemption.swept", event.block_at)


# Event: what it moves, and the key of its payload that names it.
REACTIONS: Mapping[str, tuple[Any, str]] = {
    "RedemptionRequested": (react_requested, "id"),
    "RedemptionSettled": (react_settled, "id"),
    "RedemptionCancelled": (react_cancelled, "id"),
    "FinalRedemptionOpened": (react_final_opened, "token"),
    "FinalRedeemed": (react_final_redeemed, "token"),
    "FinalRedemptionSwept": (react_final_swept, "token"),
}


def _lock(event: Event) -> Redemption | None:
    """The redemption an event is about; one whose holder was unknown before gets its row now."""
    number = int(event.payload["id"])
    found = Redemption.objects.filter(number=number).values("asset")
    Asset.objects.select_for_update(of=("self",)).filter(pk__in=found).first()
    mine = Redemption.objects.select_for_update(of=("self",)).select_related("wallet")
    redemption = mine.filter(number=number).first()
    if redemption is not None:
        return redemption
    asked = RedemptionFact.objects.filter(kind=RedemptionFact.Kind.REQUESTED, number=number).first()
    return note_request(Asked.of(asked)) if asked is not None else None


def _lock_final(event: Event, *, make: bool = False) -> FinalRedemption | None:
    asset = Asset.objects.select_for_update(of=("self",)).filter(token_address=event.payload["token"]).first()
    if asset is None:
        return None
    final = FinalRedemption.objects.select_for_update(of=("self",)).filter(asset=asset).first()
    if final is None and make:
        return FinalRedemption(asset=asset, created_at=event.block_at)
    return final
