"""
Moves the confirmed position and, in the same transaction, the rows derived from what it passes.

- Only canonical logs at or below the position are projected, each once, in chain order.
- Nothing is confirmed while the last confirmed block is off the chain.
- The digest sums a hash of every log passed: histories that differ anywhere differ in it, and replay comes to
  the same, though it meets the logs of a contract that was watched late in their place.
"""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.conf import settings
from django.db.models import QuerySet

from indexer import leases, registry
from indexer.leases import Lease
from indexer.models import Block, Cursor, EventLog
from indexer.reading import header_at
from indexer.registry import Event
from indexer.rpc import Rpc
from indexer.store import poke_listeners
from rwa_portal.core.actions import action

LOGS_AT_ONCE = 5000


class ProjectionFailed(Exception):
    """Derived rows cannot follow the chain; the position has not moved."""


def confirmable_number(rpc: Rpc, cursor: Cursor) -> int:
    """Tell up to which block the network's rule lets us count on what we have read."""
    head_number = cursor.head_number or 0
    if settings.CHAIN.rule == "blocks":
        return head_number - settings.CHAIN.confirmations
    block = header_at(rpc, settings.CHAIN.rule)
    if block is None:
        return -1
    ours = Block.objects.filter(chain_id=cursor.chain_id, number=block.number, is_canonical=True).first()
    # The node finalized another block than we hold: wait until we have read its branch.
    return -1 if ours and ours.hash != block.hash else min(block.number, head_number)


@action
def confirm(lease: Lease, *, up_to: int, at: datetime) -> bool:
    """
    Confirm the next blocks, at most `up_to`, and project their logs. False when there is nothing to confirm.

    :raises LeaseLost: if another process writes now
    :raises ProjectionFailed: if a projection raises
    """
    cursor = leases.hold(lease)
    if not Block.objects.filter(pk=cursor.confirmed_hash, is_canonical=True).exists():
        return False
    block = _next_confirmed(cursor, up_to)
    if block is None:
        return False
    logs = _logs_until(cursor, block.number)
    apply(cursor, list(logs))
    cursor.confirmed_number, cursor.confirmed_hash = block.number, block.hash
    cursor.renewed_at = max(cursor.renewed_at, at)
    cursor.save()
    poke_listeners()
    return True


def apply(cursor: Cursor, logs: Sequence[EventLog]) -> None:
    """
    Project logs and run them into the digest. The caller has locked the cursor and saves it.

    :raises ProjectionFailed: if a projection raises
    """
    project([event_of(log) for log in logs if log.event_name])
    cursor.digest = add_to_digest(bytes(cursor.digest), logs)


def project(events: Sequence[Event]) -> None:
    """
    Give each projection all of its events, in the order given.

    A projection owns its tables and reads no other projected ones, so the order of two does not matter.

    :raises ProjectionFailed: if a projection raises
    """
    batches: dict[registry.Projection, list[Event]] = {}
    for event in events:
        for projection in registry.projections_of(event.full_name):
            batches.setdefault(projection, []).append(event)
    for projection, batch in batches.items():
        _project(projection, batch)


def add_to_digest(digest: bytes, logs: Iterable[EventLog]) -> bytes:
    """Add each log's identity and raw content, modulo 2^256: the order of the logs does not matter."""
    total = int.from_bytes(digest)
    for log in logs:
        origin = bytes.fromhex(log.address[2:] + log.tx_hash[2:])
        content = log.id.bytes + origin + bytes(log.topics) + bytes(log.data)
        total += int.from_bytes(hashlib.sha256(content).digest())
    return (total % 2**256).to_bytes(32)


def event_of(log: EventLog) -> Event:
    return Event(
        id=log.id,
        seq=log.seq,
        abi=log.abi,
        name=log.event_name,
        address=log.address,
        tx_hash=log.tx_hash,
        log_index=log.log_index,
        block_number=log.block_number,
        block_at=log.block.at,
        payload=log.decoded_payload or {},
    )


def _project(projection: registry.Projection, batch: Sequence[Event]) -> None:
    try:
        projection(batch)
    except Exception as error:  # whatever an app's projection raises, the position stays and a person is told
        first, last = batch[0].block_number, batch[-1].block_number
        names = ", ".join(sorted({event.full_name for event in batch}))
        raise ProjectionFailed(f"{names} in blocks {first} to {last}: {type(error).__name__}") from error


def _next_confirmed(cursor: Cursor, up_to: int) -> Block | None:
    blocks = Block.objects.filter(
        chain_id=cursor.chain_id, number__gt=cursor.confirmed_number, number__lte=up_to, is_canonical=True
    )
    furthest = blocks.order_by("-number").first()
    if furthest is None:
        return None
    numbers = _logs_until(cursor, furthest.number).values_list("block_number", flat=True)
    cut = numbers[LOGS_AT_ONCE : LOGS_AT_ONCE + 1]
    if not cut:
        return furthest
    # Whole blocks only; a single block may be larger than a batch.
    smaller = blocks.filter(number__lt=cut[0]).order_by("-number").first()
    return smaller or blocks.order_by("number").first()


def _logs_until(cursor: Cursor, number: int) -> QuerySet[EventLog]:
    logs = EventLog.objects.confirmed_at(number).filter(
        chain_id=cursor.chain_id, block_number__gt=cursor.confirmed_number
    )
    return logs.select_related("block").order_by("block_number", "log_index")
