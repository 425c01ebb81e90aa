"""
Finds what to store next: blocks that hang together by their parents' hashes, and their logs.

- Near the head: walk parents by hash down to a block we hold as canonical, then logs by block hash.
- Far behind: a range by number; its headers are asked for before and after, and every log's block is checked.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings

from indexer.models import Block, Cursor
from indexer.reading import (
    ChainMoved,
    Header,
    Log,
    header_at,
    header_of,
    headers_at,
    logs_between,
    logs_of,
    require_place,
)
from indexer.rpc import Rpc, RpcRangeTooWide
from indexer.watchlist import Watchlist

NEAR = 256  # within this many blocks of the head every header is stored
WIDEST = 100_000


class NoCommonAncestor(Exception):
    """The node's chain shares no block with what we hold: it is another chain, or it was restarted."""


class RangeRefused(Exception):
    """The endpoint refuses to search even a single block."""


@dataclass(frozen=True)
class Branch:
    """Blocks that follow `ancestor`, the last one we hold as canonical, in ascending order."""

    ancestor: Header
    blocks: Sequence[Header]
    logs: Sequence[Log]


def next_branch(rpc: Rpc, cursor: Cursor, head: Header, watchlist: Watchlist) -> Branch | None:
    """
    Read what comes next on the way to the node's head; None when we are there, or the node lags behind us.

    :raises ChainMoved: if the chain changed meanwhile
    :raises NoCommonAncestor: if not even the first block we hold is on the node's chain
    """
    position = cursor.head_number or 0
    if _canonical(head.hash) is not None:
        return None  # a lagging node never rewinds us
    if head.number - position <= NEAR:
        return _walk(rpc, cursor, head, watchlist)
    ours = header_at(rpc, position)
    if ours is None:
        raise ChainMoved(f"{rpc.name} does not have block {position}")
    if ours.hash != cursor.head_hash:
        return _walk(rpc, cursor, ours, watchlist)
    return _range(rpc, ours, head.number - NEAR, watchlist)


def _walk(rpc: Rpc, cursor: Cursor, tip: Header, watchlist: Watchlist) -> Branch:
    first = (cursor.head_number or 0) + 1
    ahead = {header.hash: header for header in headers_at(rpc, range(first, tip.number)).values()}
    blocks, unknown = [tip], [] if _stored(tip.hash) else [tip]
    while (ancestor := _canonical(blocks[-1].parent_hash)) is None:
        parent_hash = blocks[-1].parent_hash
        if blocks[-1].number <= _first_number():
            raise NoCommonAncestor(f"{rpc.name} has another block {blocks[-1].number}")
        block = _stored(parent_hash)
        if block is None:
            block = ahead.get(parent_hash) or header_of(rpc, parent_hash)
            unknown.append(block)
        blocks.append(block)
    # Blocks of a branch the chain has come back to are stored with their logs already.
    logs = logs_of(rpc, unknown[::-1], watchlist) if unknown else []
    return Branch(ancestor, blocks[::-1], logs)


def _range(rpc: Rpc, ours: Header, last: int, watchlist: Watchlist) -> Branch:
    end = header_at(rpc, min(ours.number + rpc.width, last))
    if end is None:
        raise ChainMoved(f"{rpc.name} has lost its head")
    logs = read_range(rpc, ours.number + 1, end.number, watchlist)
    blocks = checked_headers(rpc, logs)
    require_place(rpc, ours)
    require_place(rpc, end)
    if not blocks or blocks[-1].number != end.number:
        blocks.append(end)
    return Branch(ours, blocks, logs)


def read_range(rpc: Rpc, first: int, last: int, watchlist: Watchlist) -> list[Log]:
    """
    Read a range in as many pieces as the endpoint asks for.

    :raises RangeRefused: if it refuses a single block
    """
    logs: list[Log] = []
    while first <= last:
        piece = min(last, first + rpc.width - 1)
        try:
            logs += logs_between(rpc, first, piece, watchlist)
        except RpcRangeTooWide as refusal:
            if rpc.width == 1:
                raise RangeRefused(str(refusal)) from None
            rpc.width = max(1, min(refusal.width or rpc.width // 2, rpc.width // 2))
            continue
        first = piece + 1
        rpc.width = min(WIDEST, rpc.width + rpc.width // 4 + 1)
    return logs


def checked_headers(rpc: Rpc, logs: Sequence[Log]) -> list[Header]:
    """
    Ask for the headers of the logs' blocks, in ascending order.

    :raises ChainMoved: if a log belongs to a block that is not in its place
    """
    headers = headers_at(rpc, sorted({log.block_number for log in logs}))
    for log in logs:
        if log.block_number not in headers or headers[log.block_number].hash != log.block_hash:
            raise ChainMoved(f"block {log.block_number} changed while its range was read")
    return list(headers.values())


def _canonical(block_hash: str) -> Header | None:
    return _header_of(Block.objects.filter(pk=block_hash, is_canonical=True).first())


def _stored(block_hash: str) -> Header | None:
    return _header_of(Block.objects.filter(pk=block_hash).first())


def _header_of(block: Block | None) -> Header | None:
    return Header(block.number, block.hash, block.parent_hash, block.at) if block else None


def _first_number() -> int:
    return (
        Block.objects.filter(chain_id=settings.CHAIN.chain_id).order_by("number").values_list("number")[0][0]
    )
