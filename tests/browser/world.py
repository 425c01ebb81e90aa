"""Rows for the pages that staff read: orders in every state, transfers, what the indexer has written."""

import uuid
from datetime import timedelta

from assets.models import Asset
from indexer import models as indexer
from investors.models import Wallet
from rwa_portal.core.models import AuditEvent, User
from subscriptions.models import Refund, Status
from tests.people import AT
from tests.subscriptions import factories
from tests.subscriptions.factories import hash_of, number

CHAIN = {"chain_id": 31337}


def fill(asset: Asset, wallet: Wallet, officer: User) -> None:
    orders = {each: factories.order_in(each, asset, wallet, officer) for each in Status.values}
    factories.hear(factories.funded(orders[Status.REQUESTED]))
    payment = factories.make_payment(asset, factories.new_address(), 5_000_000)
    factories.linked_payment(orders[Status.PAID], 25_000_000, officer, asset.created_by)
    Refund.objects.create(
        id=uuid.uuid4(),
        kind=Refund.Kind.PAYMENT,
        asset=asset,
        payment=payment,
        payee=payment.payer,
        amount=1,
        tx_hash=hash_of("refund"),
        block_number=5,
        refunded_at=AT,
    )
    AuditEvent.record("row.made", subject=officer, by=officer, at=AT, reason="A row.")
    _what_the_indexer_wrote(asset, wallet)


def _what_the_indexer_wrote(asset: Asset, wallet: Wallet) -> None:
    factories.chain_read_until(AT)
    block = indexer.Block.objects.create(
        **CHAIN, hash=hash_of("b"), number=5, parent_hash=hash_of("a"), at=AT, is_canonical=True
    )
    log = indexer.EventLog.objects.create(
        **CHAIN,
        id=uuid.uuid4(),
        seq=number(),
        block=block,
        block_number=5,
        log_index=0,
        tx_hash=hash_of("tx"),
        address=asset.token_address,
        abi="AssetToken",
        abi_version="v1",
        event_name="Transfer",
        decoded_payload={"value": "250"},
        parties=[asset.token_address, wallet.address],
        topics=bytes(96),
        data=bytes(32),
        processed_at=AT,
    )
    held = {**CHAIN, "token": asset.token_address, "wallet": wallet.address, "units": 250}
    indexer.Holding.objects.create(**held, updated_block=5)
    indexer.HoldingChange.objects.create(**held, block_number=5)
    heads = {f"{name}_hash": hash_of(name) for name in ("ancestor", "old_head", "new_head")}
    numbers = {"ancestor_number": 3, "old_head_number": 4, "new_head_number": 5}
    indexer.Reorg.objects.create(**CHAIN, **heads, **numbers, depth=1, is_beyond_confirmed=False, at=AT)
    indexer.Watched.objects.create(
        **CHAIN, address=asset.token_address, abi="AssetToken", from_block=1, watched_at=AT
    )
    indexer.Incident.objects.create(kind="test", summary="A " * 60, halts_sending=False, opened_at=AT)
    indexer.ReactionFailure.objects.create(
        event=log,
        block_number=5,
        log_index=0,
        subject=f"asset:{asset.pk}",
        status="PARKED",
        error="AssetUnknown",
        attempts=1,
        parked_at=AT,
        tried_at=AT + timedelta(minutes=1),
    )
