"""A chain of the tests' own: blocks and logs as the indexer stores them, of any event the contracts have."""

import random
from datetime import timedelta

from django.conf import settings
from eth_abi import encode
from eth_utils.abi import event_abi_to_log_topic

from contracts import artifacts
from indexer import confirming, registry
from indexer.decode import addresses_in
from indexer.models import Block, Cursor, EventLog
from indexer.models.chain import log_id
from rwa_portal.core.chain_values import ZERO_ADDRESS, parse_address
from tests.indexer.conftest import AT

# Contract: where it stands in the ledger.
CONTRACTS = {
    name: parse_address("0x" + f"{number:040x}")
    for number, name in enumerate(
        ("AssetToken", "Escrow", "IssuanceModule", "RoleRegistry", "DividendDistributor", "RedemptionModule"),
        start=0xA000,
    )
}


class Ledger:
    """Blocks hash by number and fork; all random values come from the seed."""

    def __init__(self, seed: int = 1) -> None:
        self.random = random.Random(seed)
        self.number, self.seq, self._spent = 0, 0, 0
        self.cursor = Cursor.objects.create(
            chain_id=settings.CHAIN.chain_id,
            renewed_at=AT,
            polled_at=AT,
            head_number=0,
            head_hash=self._hash(0),
            confirmed_number=0,
            confirmed_hash=self._hash(0),
        )
        self._block(0, is_canonical=True)

    def wallet(self) -> str:
        return parse_address("0x" + self.random.randbytes(20).hex())

    def mine(self, *events: tuple[str, dict], is_canonical: bool = True) -> list[EventLog]:
        """Add a block with events ("Escrow.OrderFunded", {"payment": 5}); what is not given is random."""
        self.number += 1
        return self._fill(self._block(self.number, is_canonical=is_canonical), events)

    def orphan(self, *events: tuple[str, dict]) -> list[EventLog]:
        """Add a block at the last height that a reorg has taken back."""
        return self._fill(self._block(self.number, is_canonical=False), events)

    def confirm(self) -> None:
        """Confirm and react to all there is, as the indexer does."""
        cursor = self.cursor
        logs = EventLog.objects.confirmed_at(self.number).filter(block_number__gt=cursor.confirmed_number)
        confirming.apply(cursor, list(logs.select_related("block").order_by("block_number", "log_index")))
        block = Block.objects.get(number=self.number, is_canonical=True)
        cursor.head_number = cursor.confirmed_number = cursor.reacted_number = block.number
        cursor.head_hash = cursor.confirmed_hash = block.hash
        cursor.reacted_index, cursor.last_seq = 2**31 - 1, self.seq
        cursor.save()

    def transfer(self, from_: str, to: str, value: int) -> tuple[str, dict]:
        return "AssetToken.Transfer", {"from": from_, "to": to, "value": value}

    def mint(self, to: str, value: int) -> tuple[str, dict]:
        return self.transfer(ZERO_ADDRESS, to, value)

    def one_of_each(self) -> list[tuple[str, dict]]:
        """One event of every kind that a projection listens to, transfers excepted."""
        names = {name for table in registry.projected_tables() for name in registry.events_behind(table)}
        return [(name, {}) for name in sorted(names - {"AssetToken.Transfer"})]

    def _fill(self, block: Block, events) -> list[EventLog]:
        return [self._log(block, index, name, values) for index, (name, values) in enumerate(events)]

    def _block(self, number: int, *, is_canonical: bool) -> Block:
        return Block.objects.create(
            hash=self._hash(number, is_canonical=is_canonical),
            chain_id=settings.CHAIN.chain_id,
            number=number,
            parent_hash=self._hash(max(number - 1, 0)),
            at=AT + timedelta(seconds=number),
            is_canonical=is_canonical,
        )

    def _log(self, block: Block, index: int, full_name: str, values: dict) -> EventLog:
        abi, name = full_name.split(".")
        loaded = artifacts.load(abi, artifacts.CURRENT).abi
        entry = next(e for e in loaded if e["type"] == "event" and e["name"] == name)
        given = [values.get(each["name"], self._any(each["type"])) for each in entry["inputs"]]
        pairs = list(zip(entry["inputs"], given, strict=True))
        topics = [event_abi_to_log_topic(entry)]
        topics += [encode([each["type"]], [value]) for each, value in pairs if each["indexed"]]
        plain = [(each["type"], value) for each, value in pairs if not each["indexed"]]
        data = encode([kind for kind, _ in plain], [value for _, value in plain])
        decoder = registry.decoder_of(abi, "0x" + topics[0].hex())
        payload = decoder.read(topics, data)
        self.seq += 1
        return EventLog.objects.create(
            id=log_id(block.chain_id, block.hash, index),
            seq=self.seq,
            chain_id=block.chain_id,
            block=block,
            block_number=block.number,
            log_index=index,
            tx_hash="0x" + self.random.randbytes(32).hex(),
            address=CONTRACTS[abi],
            abi=abi,
            abi_version=decoder.version,
            event_name=name,
            decoded_payload=payload,
            parties=addresses_in([CONTRACTS[abi], payload]),
            topics=b"".join(topics),
            data=data,
            processed_at=AT,
        )

    def _any(self, kind: str):
        if kind == "address":
            return self.wallet()
        if kind == "bool":
            return self.random.random() < 0.5
        if kind.startswith("bytes"):
            return self.random.randbytes(int(kind.removeprefix("bytes") or 7))
        if kind == "string":
            return f"text {self.random.randrange(100)}"
        bits = min(int(kind.removeprefix("u").removeprefix("int") or 256), 32)
        return self.random.randrange(1, 2 ** (bits - 1))

    def _hash(self, number: int, *, is_canonical: bool = True) -> str:
        return "0x" + f"{number:064x}" if is_canonical else "0x" + "f" * 32 + f"{number:032x}"
