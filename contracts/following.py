"""
Following what was sent, by its receipts.

- MINED, CONFIRMED and REVERTED are recorded only when the receipt's block is canonical, and confirmed, by the
  indexer's own rule. A reorg takes MINED back to BROADCAST.
- The receipt decides the operation, the event decides the domain row: a confirmed operation whose expected
  event has not taken effect within a minute is an Incident.
- What the node has lost is sent again, byte for byte.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from contracts.models import Attempt, ChainOperation, State
from contracts.operations import end, lock, save
from contracts.queries import event_has_taken_effect
from contracts.registry import hooks, kinds
from indexer.models import Incident
from indexer.queries import receipt_status
from rwa_portal.core import pokes
from rwa_portal.core.actions import action
from rwa_portal.core.pokes import poke

EVENT_WITHIN = timedelta(seconds=60)
LOST_AFTER = timedelta(seconds=10)  # a node behind a load balancer may not have heard of it yet


@dataclass(frozen=True)
class Receipt:
    """What a block says of one transaction."""

    tx_hash: str
    block_hash: str
    block_number: int
    succeeded: bool
    gas_used: int
    gas_price: int

    @classmethod
    def read(cls, raw: Mapping[str, Any]) -> "Receipt":
        return cls(
            tx_hash=raw["transactionHash"],
            block_hash=raw["blockHash"],
            block_number=int(raw["blockNumber"], 16),
            succeeded=int(raw["status"], 16) == 1,
            gas_used=int(raw["gasUsed"], 16),
            gas_price=int(raw.get("effectiveGasPrice") or "0x0", 16),
        )

    def is_confirmed(self) -> bool:
        return receipt_status(self.block_hash, self.block_number) == "confirmed"


def poke_following() -> None:
    """Follow what was sent, if anything was; the indexer calls this after each advance."""
    if ChainOperation.objects.open_on_chain().exists():
        pokes.send("contracts.tasks.follow_operations")


@action
def record_receipt(
    *, operation_id: UUID, receipt: Receipt | None, reason: str, at: datetime
) -> ChainOperation:
    """
    Move an operation to where its receipt says it is; None: no block has it.

    `reason` is why it reverted, if it did.
    """
    operation = lock(operation_id)
    standing = receipt_status(receipt.block_hash, receipt.block_number) if receipt else "unknown"
    if operation.state == State.MINED and _has_lost_its_block(operation, receipt):
        operation.record_broadcast(operation.tx_hash)
        save(operation, at=at, note="its block was taken back")
    if receipt is None or standing not in ("seen", "confirmed"):
        return operation
    if operation.state == State.NEEDS_REVIEW:
        operation.record_broadcast(receipt.tx_hash)  # while a person was looking, it happened
        save(operation, at=at)
    if operation.state == State.BROADCAST:
        operation.record_mined(
            tx_hash=receipt.tx_hash, block_number=receipt.block_number, block_hash=receipt.block_hash
        )
        operation.gas_used, operation.gas_price = receipt.gas_used, receipt.gas_price
        save(operation, at=at, note=f"block {receipt.block_number}")
    if operation.state == State.MINED and standing == "confirmed":
        _conclude(operation, receipt, reason, at)
    return operation


def _has_lost_its_block(operation: ChainOperation, receipt: Receipt | None) -> bool:
    if receipt is not None and receipt.block_hash == operation.block_hash:
        return False
    # Only our own record of the chain takes it back: a node that answers late is no reorg.
    return receipt_status(str(operation.block_hash), int(operation.block_number or 0)) == "orphaned"


def _conclude(operation: ChainOperation, receipt: Receipt, reason: str, at: datetime) -> None:
    if Attempt.objects.filter(operation=operation, tx_hash=receipt.tx_hash, is_void=True).exists():
        operation.record_displaced("cancelled: an empty transaction took its place")
        end(operation, reason=operation.failure, at=at)
    elif receipt.succeeded:
        operation.record_confirmed()
        operation.confirmed_at = at
        operation.settled_at = None if hooks(operation.kind).expects else at
        save(operation, at=at)
        if operation.dependents.exists():
            poke("contracts.tasks.submit_operations")
    else:
        operation.record_reverted(reason)
        end(operation, reason=reason, at=at)


@action
def record_effects(*, at: datetime) -> None:
    """Note which confirmed operations have had their effect here; one that is late is an Incident."""
    expecting = [kind for kind in kinds() if hooks(kind).expects]
    waiting = ChainOperation.objects.filter(state=State.CONFIRMED, settled_at=None, kind__in=expecting)
    for operation in waiting.select_for_update(of=("self",), skip_locked=True).order_by("confirmed_at")[:500]:
        expected = hooks(operation.kind).expects or ""
        if event_has_taken_effect(tx_hash=operation.tx_hash or "", name=expected):
            operation.settled_at = at
            operation.save(update_fields=["settled_at"])
        elif at - (operation.confirmed_at or at) >= EVENT_WITHIN:
            Incident.open(
                "EVENT_MISSING",
                f"{operation.kind} {operation.pk} is confirmed, but {expected} has not taken effect. "
                "Compare the transaction's events with what the indexer has stored.",
                subject=str(operation.pk),
                halts_sending=False,
                at=at,
            )


def may_be_lost(operation: ChainOperation, *, at: datetime) -> bool:
    """Whether it is time to ask if the node still has a transaction that no block has."""
    return operation.state == State.BROADCAST and at - operation.state_at >= LOST_AFTER
