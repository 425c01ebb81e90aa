"""Asks the node for headers and logs, and believes only what fits together."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cchecksum import to_checksum_address

from indexer import registry
from indexer.decode import Unreadable, addresses_in
from indexer.rpc import Rpc, RpcMalformed, RpcRefused
from indexer.watchlist import Watchlist

BATCH = 100  # requests in one round trip; providers refuse more


class ChainMoved(Exception):
    """The chain changed while it was read, or the node contradicts itself; ask again."""


@dataclass(frozen=True)
class Header:
    number: int
    hash: str
    parent_hash: str
    at: datetime


@dataclass(frozen=True)
class Log:
    """One log as the node gave it, and as its interface reads it."""

    block_hash: str
    block_number: int
    log_index: int
    tx_hash: str
    address: str
    topics: tuple[bytes, ...]
    data: bytes
    abi: str
    abi_version: str = ""
    event_name: str = ""
    payload: Mapping[str, Any] | None = None
    parties: Sequence[str] = ()
    trouble: str = ""  # why a known event could not be read

    @property
    def place(self) -> tuple[int, int]:
        return self.block_number, self.log_index


def header_at(rpc: Rpc, block: str | int) -> Header | None:
    """Ask for a block by number or tag ("latest", "safe", "finalized")."""
    tag = hex(block) if isinstance(block, int) else block
    return _header(rpc.call("eth_getBlockByNumber", [tag, False]), rpc)


def header_of(rpc: Rpc, block_hash: str) -> Header:
    """
    Ask for a block by its hash.

    :raises ChainMoved: if the node has dropped it
    """
    header = _header(rpc.call("eth_getBlockByHash", [block_hash, False]), rpc)
    if header is None or header.hash != block_hash:
        raise ChainMoved(f"{rpc.name} no longer knows block {block_hash}")
    return header


def headers_at(rpc: Rpc, numbers: Iterable[int]) -> dict[int, Header]:
    """Ask for many blocks by number; those the node does not have are left out."""
    requests = [("eth_getBlockByNumber", [hex(number), False]) for number in numbers]
    found = (_header(raw, rpc) for part in _parts(requests) for raw in rpc.batch(part))
    return {header.number: header for header in found if header}


def logs_of(rpc: Rpc, blocks: Sequence[Header], watchlist: Watchlist) -> list[Log]:
    """
    Read the logs of blocks by their hashes, in chain order.

    :raises ChainMoved: if an answer belongs to another block, or the last block lost its place meanwhile
    """
    asked = [(block, query) for block in blocks for query in watchlist.filters({"blockHash": block.hash})]
    logs = []
    for part in _parts(asked):
        answers = _answers(rpc, part, blocks[-1])
        for (block, _), answer in zip(part, answers, strict=True):
            read = [_log(raw, watchlist, rpc) for raw in answer]
            if any((log.block_hash, log.block_number) != (block.hash, block.number) for log in read):
                raise ChainMoved(f"{rpc.name} gave logs of another block than {block.number}")
            logs += read
    # Some nodes answer [] for a block they have dropped, so the tip must still stand after the logs are read.
    require_place(rpc, blocks[-1])
    return sorted(logs, key=lambda log: log.place)


def _answers(rpc: Rpc, asked: Sequence[tuple[Header, dict[str, Any]]], tip: Header) -> list[Any]:
    try:
        return rpc.batch([("eth_getLogs", [query]) for _, query in asked])
    except RpcRefused:
        require_place(rpc, tip)  # "unknown block" is no fault of the node when the chain has moved
        raise


def logs_between(rpc: Rpc, first: int, last: int, watchlist: Watchlist) -> list[Log]:
    """Read the logs of a range by number, in chain order. Nothing is checked against headers yet."""
    span = {"fromBlock": hex(first), "toBlock": hex(last)}
    answers = [rpc.call("eth_getLogs", [query]) for query in watchlist.filters(span)]
    logs = [_log(raw, watchlist, rpc) for answer in answers for raw in answer]
    return sorted(logs, key=lambda log: log.place)


def require_place(rpc: Rpc, block: Header) -> None:
    """
    :raises ChainMoved: if the chain has another block, or none, in this one's place now
    """
    now = header_at(rpc, block.number)
    if now is None or now.hash != block.hash:
        raise ChainMoved(f"block {block.number} changed while it was read")


def _header(raw: Any, rpc: Rpc) -> Header | None:
    if raw is None:
        return None
    try:
        at = datetime.fromtimestamp(int(raw["timestamp"], 16), tz=UTC)
        return Header(int(raw["number"], 16), raw["hash"], raw["parentHash"], at)
    except (KeyError, TypeError, ValueError) as error:
        raise RpcMalformed(f"{rpc.name} gave a block without {error}") from None


def _log(raw: Any, watchlist: Watchlist, rpc: Rpc) -> Log:
    try:
        if raw.get("removed"):
            raise ChainMoved(f"{rpc.name} gave a removed log")
        address = raw["address"].lower()
        log = Log(
            block_hash=raw["blockHash"],
            block_number=int(raw["blockNumber"], 16),
            log_index=int(raw["logIndex"], 16),
            tx_hash=raw["transactionHash"],
            address=address,
            topics=tuple(bytes.fromhex(topic[2:]) for topic in raw["topics"]),
            data=bytes.fromhex(raw["data"][2:]),
            abi=watchlist.abis[address],
            parties=(to_checksum_address(address),),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise RpcMalformed(f"{rpc.name} gave a log that cannot be read: {error!r}") from None
    return _decoded(log)


def _decoded(log: Log) -> Log:
    topic0 = "0x" + log.topics[0].hex() if log.topics else ""
    decoder = registry.decoder_of(log.abi, topic0)
    if decoder is None:
        return log
    try:
        payload = decoder.read(log.topics, log.data)
    except Unreadable as error:
        return _with(log, trouble=f"{decoder.full_name}: {error}")
    return _with(
        log,
        abi_version=decoder.version,
        event_name=decoder.name,
        payload=payload,
        parties=addresses_in([*log.parties, payload]),
    )


def _with(log: Log, **values: Any) -> Log:
    return Log(**{**log.__dict__, **values})


def _parts(items: Sequence[Any]) -> Iterator[Sequence[Any]]:
    return (items[start : start + BATCH] for start in range(0, len(items), BATCH))
