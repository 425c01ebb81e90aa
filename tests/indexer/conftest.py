import dataclasses
import secrets
import time
from datetime import UTC, datetime

import pytest
from cchecksum import to_checksum_address
from django.conf import settings as live_settings

from indexer import registry
from indexer.advance import advance
from indexer.models import Watched
from indexer.registry import Event
from indexer.rpc import Rpc
from indexer.watchlist import TRANSFER
from tests.indexer.test_decode import TRANSFER as TRANSFER_ABI

AT = datetime(2026, 3, 31, 12, tzinfo=UTC)
DEV_ACCOUNT = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"  # the first of the dev chain, unlocked
# A contract that emits what it is told: calldata is three topics and one word of data (LOG3).
EMITTER = "0x601680600b6000396000f3" + "6020606060003760403560203560003560206000a300"
UNKNOWN_TOPIC = "0x" + "ee" * 32


def word(value: int | str) -> str:
    return f"{value:064x}" if isinstance(value, int) else value.removeprefix("0x").rjust(64, "0").lower()


@dataclasses.dataclass
class Chain:
    """The dev chain, as a test uses it."""

    rpc: Rpc

    def deploy(self) -> str:
        receipt = self.send({"data": EMITTER})
        return to_checksum_address(receipt["contractAddress"])

    def call_of(self, emitter: str, from_: str, to: str, value: int, topic: str = TRANSFER) -> dict:
        data = "0x" + word(topic) + word(from_) + word(to) + word(value)
        return {"from": DEV_ACCOUNT, "to": emitter, "data": data, "gas": "0x186a0"}

    def transfer(self, emitter: str, from_: str, to: str, value: int, topic: str = TRANSFER) -> dict:
        return self.send(self.call_of(emitter, from_, to, value, topic))

    def send(self, transaction: dict) -> dict:
        tx_hash = self.rpc.call("eth_sendTransaction", [{"from": DEV_ACCOUNT, **transaction}])
        while (receipt := self.rpc.call("eth_getTransactionReceipt", [tx_hash])) is None:
            time.sleep(0.005)  # the dev chain answers just before it has mined
        return receipt

    def mine(self, count: int = 1) -> None:
        for _ in range(count):
            self.rpc.call("evm_mine", [])

    def reorg(self, depth: int, *transactions: dict) -> None:
        """Replace the last `depth` blocks; the transactions go into the first of the new ones."""
        self.rpc.call("anvil_reorg", [depth, [[transaction, 0] for transaction in transactions]])

    def head(self) -> int:
        return int(self.rpc.call("eth_blockNumber"), 16)


def address() -> str:
    return to_checksum_address("0x" + secrets.token_hex(20))


@pytest.fixture
def chain(anvil, settings):
    settings.CHAIN = dataclasses.replace(
        live_settings.CHAIN, rpc_urls=(anvil.url,), rule="blocks", confirmations=2
    )
    return Chain(Rpc(anvil.url, chain_id=settings.CHAIN.chain_id))


@pytest.fixture(autouse=True)
def own_registry(monkeypatch):
    """A registry of our own: each test says who listens."""
    for name in ("_reactions", "_projections", "_recorded_only", "_decoders"):
        monkeypatch.setattr(registry, name, dict(getattr(registry, name)))
    registry._reactions.clear()
    registry.abi("AssetToken", [TRANSFER_ABI], "1")
    registry.abi("USDC", [TRANSFER_ABI], "1")


@pytest.fixture
def token(db, chain):
    """A watched contract whose events are read as a token's, from the next block on."""
    emitter = chain.deploy()
    watch(emitter, chain)
    return emitter


def watch(emitter: str, chain: Chain, abi: str = "AssetToken", **values) -> Watched:
    return Watched.objects.create(
        chain_id=31337, address=emitter, abi=abi, from_block=chain.head() + 1, watched_at=AT, **values
    )


@pytest.fixture
def heard():
    """What a reaction to Transfer was given, in order."""
    events: list[Event] = []
    registry.react("AssetToken.Transfer", events.append)
    return events


@pytest.fixture
def follow(chain):
    return lambda **values: advance(at=values.pop("at", AT), rpc=chain.rpc, **values)
