"""Learns the header of a block that was passed over as empty, because a receipt of ours is in it."""

from django.conf import settings

from indexer.models import Block, Cursor
from indexer.reading import Header, headers_at
from indexer.rpc import Rpc
from indexer.store import insert_missing_blocks
from rwa_portal.core.actions import action


def learn_block(rpc: Rpc, number: int) -> bool:
    """
    Store the canonical header at a confirmed number, so that queries.receipt_status can judge its receipts.

    False when the number is not confirmed yet, or the node's chain is not the one we have confirmed.
    """
    cursor = Cursor.objects.filter(chain_id=settings.CHAIN.chain_id).first()
    confirmed_number = cursor.confirmed_number if cursor else None
    if cursor is None or confirmed_number is None or number > confirmed_number:
        return False
    headers = headers_at(rpc, {number, confirmed_number})
    confirmed, wanted = headers.get(confirmed_number), headers.get(number)
    if confirmed is None or wanted is None or confirmed.hash != cursor.confirmed_hash:
        return False
    return _store(wanted, confirmed_hash=confirmed.hash)


@action
def _store(header: Header, *, confirmed_hash: str) -> bool:
    # Locked, so that no reorg is recorded between the look and the insert.
    Cursor.objects.select_for_update().get(chain_id=settings.CHAIN.chain_id)
    if not Block.objects.filter(pk=confirmed_hash, is_canonical=True).exists():
        return False
    if not Block.objects.filter(number=header.number, is_canonical=True).exists():
        insert_missing_blocks([header])
    return True
