"""Who holds how much. Nobody else writes these rows, so they can be rebuilt from the log at any time."""

from collections import defaultdict
from collections.abc import Sequence

from django.conf import settings

from indexer.models import Holding, HoldingChange
from indexer.registry import Event
from rwa_portal.core.chain_values import ZERO_ADDRESS

Account = tuple[str, str]  # token and wallet


def project_transfers(batch: Sequence[Event]) -> None:
    """
    Move units between holdings. Mints come from the zero address and burns go to it; all are Transfers.

    A holding below zero breaks a constraint of the table: then events are missing, and nothing is stored.
    """
    moves = _moves(batch)
    units = _current(moves)
    changes: dict[tuple[str, str, int], int] = {}
    for account, by_block in moves.items():
        for block_number, delta in sorted(by_block.items()):
            units[account] += delta
            changes[*account, block_number] = units[account]
    _store_holdings({account: (units[account], max(by_block)) for account, by_block in moves.items()})
    _store_changes(changes)


def _moves(batch: Sequence[Event]) -> dict[Account, dict[int, int]]:
    moves: dict[Account, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for event in batch:
        value = int(event.payload["value"])
        for wallet, delta in ((event.payload["from"], -value), (event.payload["to"], value)):
            if wallet != ZERO_ADDRESS and value:
                moves[event.address, wallet][event.block_number] += delta
    return moves


def _current(moves: dict[Account, dict[int, int]]) -> dict[Account, int]:
    rows = Holding.objects.filter(
        chain_id=settings.CHAIN.chain_id,
        token__in={token for token, _ in moves},
        wallet__in={wallet for _, wallet in moves},
    )
    return defaultdict(int, {(row.token, row.wallet): row.units for row in rows})


def _store_holdings(holdings: dict[Account, tuple[int, int]]) -> None:
    Holding.objects.bulk_create(
        [
            Holding(
                chain_id=settings.CHAIN.chain_id, token=token, wallet=wallet, units=units, updated_block=block
            )
            for (token, wallet), (units, block) in holdings.items()
        ],
        update_conflicts=True,
        unique_fields=["chain_id", "token", "wallet"],
        update_fields=["units", "updated_block"],
    )


def _store_changes(changes: dict[tuple[str, str, int], int]) -> None:
    HoldingChange.objects.bulk_create(
        [
            HoldingChange(
                chain_id=settings.CHAIN.chain_id, token=token, wallet=wallet, block_number=number, units=units
            )
            for (token, wallet, number), units in changes.items()
        ],
        update_conflicts=True,
        unique_fields=["chain_id", "token", "wallet", "block_number"],
        update_fields=["units"],
    )
