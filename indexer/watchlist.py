"""Which logs to ask for, and which interface reads the log of which contract."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from indexer.models import Watched

TRANSFER = "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"
ESCROW_ABI = "Escrow"


@dataclass(frozen=True)
class Watchlist:
    abis: Mapping[str, str]  # address in lower case -> interface
    contracts: tuple[str, ...]
    payment_tokens: tuple[str, ...]
    escrows: tuple[str, ...]
    from_block: int

    @classmethod
    def load(cls) -> "Watchlist | None":
        """Return what is watched now, or None as long as nothing is."""
        rows = list(Watched.objects.filter(chain_id=settings.CHAIN.chain_id).order_by("id"))
        return cls.of(rows, escrows=rows) if rows else None

    @classmethod
    def of(cls, rows: Sequence[Watched], *, escrows: Sequence[Watched]) -> "Watchlist":
        return cls(
            abis={row.address.lower(): row.abi for row in rows},
            contracts=tuple(row.address for row in rows if row.kind == Watched.Kind.CONTRACT),
            payment_tokens=tuple(row.address for row in rows if row.kind == Watched.Kind.PAYMENT_TOKEN),
            escrows=tuple(row.address for row in escrows if row.abi == ESCROW_ABI),
            from_block=min(row.from_block for row in rows),
        )

    def filters(self, span: Mapping[str, str]) -> list[dict[str, Any]]:
        """Write the eth_getLogs filters for one block (blockHash) or a range (fromBlock, toBlock)."""
        filters: list[dict[str, Any]] = []
        if self.contracts:
            filters.append({**span, "address": list(self.contracts)})
        if self.payment_tokens and self.escrows:
            to = ["0x" + "0" * 24 + escrow[2:].lower() for escrow in self.escrows]
            filters.append({**span, "address": list(self.payment_tokens), "topics": [TRANSFER, None, to]})
        return filters
