"""Blocks, transfers and holders for the pages that read the books."""

import uuid
from datetime import datetime, timedelta

from django.conf import settings

from indexer.models import Block, Cursor, EventLog, Holding, HoldingChange
from rwa_portal.core.chain_values import ZERO_ADDRESS
from tests.people import AT
from tests.subscriptions.factories import hash_of, number

DAY = timedelta(days=1)
CHAIN = {"chain_id": settings.CHAIN.chain_id}


def block(at_number: int, at: datetime) -> Block:
    found = Block.objects.filter(number=at_number, is_canonical=True).first()
    return found or Block.objects.create(
        **CHAIN,
        hash=hash_of(f"block {at_number}"),
        number=at_number,
        parent_hash=hash_of(at_number - 1),
        at=at,
        is_canonical=True,
    )


def confirmed(at_number: int, at: datetime = AT) -> None:
    block(at_number, at)
    values = {"head_number": at_number + 3, "head_at": at, "confirmed_number": at_number}
    Cursor.objects.update_or_create(
        chain_id=settings.CHAIN.chain_id,
        defaults={"renewed_at": AT, "polled_at": AT, "reacted_number": at_number, **values},
    )


def transfer(asset, source: str, target: str, units: int, *, in_block: int, at: datetime) -> None:
    """A confirmed Transfer with everything that is projected from it."""
    made = block(in_block, at)
    EventLog.objects.create(
        **CHAIN,
        id=uuid.uuid4(),
        seq=number(),
        block=made,
        block_number=in_block,
        log_index=number() % 10**6,
        tx_hash=hash_of(f"tx {number()}"),
        address=asset.token_address,
        abi="AssetToken",
        abi_version="v1",
        event_name="Transfer",
        decoded_payload={"from": source, "to": target, "value": str(units)},
        parties=[asset.token_address, source, target],
        topics=bytes(96),
        data=bytes(32),
        processed_at=at,
    )
    for wallet, change in ((source, -units), (target, units)):
        if wallet != ZERO_ADDRESS:
            _move(asset, wallet, change, in_block)


def issue(asset, wallet: str, units: int, *, in_block: int, at: datetime) -> None:
    transfer(asset, ZERO_ADDRESS, wallet, units, in_block=in_block, at=at)


def _move(asset, wallet: str, change: int, in_block: int) -> None:
    place = {**CHAIN, "token": asset.token_address, "wallet": wallet}
    held, _ = Holding.objects.get_or_create(**place, defaults={"units": 0, "updated_block": in_block})
    held.units, held.updated_block = held.units + change, in_block
    held.save()
    HoldingChange.objects.update_or_create(**place, block_number=in_block, defaults={"units": held.units})
