"""
Stores what was read.

- Blocks, logs, a gapless seq and the cursor commit together, by the holder of the lease alone.
- A reorg takes flags away and adds a Reorg row; nothing is deleted.
"""

from collections.abc import Sequence
from datetime import datetime

import orjson
from django.conf import settings
from django.db import connection, transaction

from indexer import leases, registry
from indexer.branches import Branch
from indexer.leases import Lease
from indexer.models import Block, Cursor, Incident, Reorg
from indexer.models.chain import log_id
from indexer.reading import Header, Log
from rwa_portal.core.actions import action

INSERT_LOGS = """
    INSERT INTO indexer_eventlog (id, seq, chain_id, block_hash, block_number, log_index, tx_hash, address,
        abi, abi_version, event_name, decoded_payload, parties, topics, data, processed_at)
    SELECT id, seq, %s, block_hash, block_number, log_index, tx_hash, address, abi,
        abi_version, event_name, decoded_payload, parties, topics, data, %s
    FROM json_to_recordset(%s::json) AS log(id uuid, seq bigint, block_hash bytea, block_number bigint,
        log_index int, tx_hash bytea, address bytea, abi text, abi_version text, event_name text,
        decoded_payload jsonb, parties bytea[], topics bytea, data bytea)
"""


class PositionMoved(Exception):
    """The cursor is no longer where the branch was read from; read again."""


@action
def start(lease: Lease, *, base: Header) -> None:
    """Begin after a block: it counts as read and confirmed."""
    cursor = leases.hold(lease)
    if cursor.head_number is not None:
        return
    _insert_blocks([base])
    cursor.head_number = cursor.confirmed_number = cursor.reacted_number = base.number
    cursor.head_hash = cursor.confirmed_hash = base.hash
    cursor.head_at = base.at
    cursor.save()


@action
def record_branch(lease: Lease, branch: Branch, *, read_from: str | None, at: datetime) -> Reorg | None:
    """
    Make a branch canonical and store what is new in it. Return the reorg, if it took blocks back.

    :raises LeaseLost: if another process writes now
    :raises PositionMoved: if the cursor left the head (`read_from`) the branch was read for
    """
    cursor = leases.hold(lease)
    if cursor.head_hash != read_from:
        raise PositionMoved
    reorg = _take_back(cursor, branch, at)
    hashes = [block.hash for block in branch.blocks]
    stored = set(Block.objects.filter(pk__in=hashes).values_list("pk", flat=True))
    Block.objects.filter(pk__in=stored).update(is_canonical=True)
    _insert_blocks([block for block in branch.blocks if block.hash not in stored])
    insert_logs(cursor, [log for log in branch.logs if log.block_hash not in stored], at=at)
    head = branch.blocks[-1]
    cursor.head_number, cursor.head_hash, cursor.head_at = head.number, head.hash, head.at
    _save(cursor, at)
    poke_listeners()
    return reorg


def insert_logs(cursor: Cursor, logs: Sequence[Log], *, at: datetime) -> None:
    """Append logs in the order given, with the next numbers of seq. The caller locks and saves the cursor."""
    if not logs:
        return
    rows = [_row(log, seq) for seq, log in enumerate(logs, start=cursor.last_seq + 1)]
    with connection.cursor() as sql:
        sql.execute(INSERT_LOGS, [settings.CHAIN.chain_id, at, orjson.dumps(rows).decode()])
    cursor.last_seq += len(rows)
    for log in logs:
        if log.trouble:
            _report_unreadable(log, at)


def insert_missing_blocks(headers: Sequence[Header]) -> None:
    """Store canonical blocks that a range had passed over as empty."""
    hashes = [header.hash for header in headers]
    stored = set(Block.objects.filter(pk__in=hashes).values_list("pk", flat=True))
    _insert_blocks([header for header in headers if header.hash not in stored])


def poke_listeners() -> None:
    """After the commit, tell those who follow the chain. A broker that is down must not stop us."""
    for poke in registry.pokes():
        transaction.on_commit(poke, robust=True)


def _take_back(cursor: Cursor, branch: Branch, at: datetime) -> Reorg | None:
    lost = Block.objects.filter(
        chain_id=cursor.chain_id, number__gt=branch.ancestor.number, is_canonical=True
    )
    if not lost.exists():
        return None
    lost.update(is_canonical=False)
    head, old_number = branch.blocks[-1], cursor.head_number or 0
    reorg = Reorg.objects.create(
        chain_id=cursor.chain_id,
        ancestor_number=branch.ancestor.number,
        ancestor_hash=branch.ancestor.hash,
        old_head_number=old_number,
        old_head_hash=cursor.head_hash or branch.ancestor.hash,
        new_head_number=head.number,
        new_head_hash=head.hash,
        depth=old_number - branch.ancestor.number,
        is_beyond_confirmed=branch.ancestor.number < (cursor.confirmed_number or 0),
        at=at,
    )
    if reorg.is_beyond_confirmed:
        _halt(cursor, reorg, at)
    return reorg


def _halt(cursor: Cursor, reorg: Reorg, at: datetime) -> None:
    Incident.open(
        Incident.Kind.DEEP_REORG,
        f"The chain went back to block {reorg.ancestor_number}, but block {cursor.confirmed_number} was "
        "confirmed and acted upon. Nothing is sent and nothing new is confirmed until it is resolved.",
        halts_sending=True,
        at=at,
    )


def _report_unreadable(log: Log, at: datetime) -> None:
    Incident.open(
        Incident.Kind.EVENT_UNREADABLE,
        f"A log of {log.address} in block {log.block_number} does not fit its interface ({log.trouble}). "
        "It is kept raw; compare the registered ABI version with the contract.",
        halts_sending=False,
        subject=log.address,
        at=at,
    )


def _insert_blocks(headers: Sequence[Header]) -> None:
    Block.objects.bulk_create(
        Block(
            hash=header.hash,
            chain_id=settings.CHAIN.chain_id,
            number=header.number,
            parent_hash=header.parent_hash,
            at=header.at,
            is_canonical=True,
        )
        for header in headers
    )


def _save(cursor: Cursor, at: datetime) -> None:
    cursor.renewed_at = max(cursor.renewed_at, at)
    cursor.polled_at = max(cursor.polled_at, at)
    cursor.save()


def _row(log: Log, seq: int) -> dict[str, object]:
    return {
        "id": str(log_id(settings.CHAIN.chain_id, log.block_hash, log.log_index)),
        "seq": seq,
        "block_hash": _bytea(log.block_hash),
        "block_number": log.block_number,
        "log_index": log.log_index,
        "tx_hash": _bytea(log.tx_hash),
        "address": _bytea(log.address),
        "abi": log.abi,
        "abi_version": log.abi_version,
        "event_name": log.event_name,
        "decoded_payload": log.payload,
        "parties": [_bytea(address) for address in log.parties],
        "topics": "\\x" + b"".join(log.topics).hex(),
        "data": "\\x" + log.data.hex(),
    }


def _bytea(text: str) -> str:
    return "\\x" + text[2:].lower()
