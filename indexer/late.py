"""
Reads, for a contract that is watched late, the blocks that were read before it was watched.

- Every watched row passes here once; for a predicted address the answer is simply empty.
- The logs found get the next numbers of seq. Those at or below the confirmed position are projected here, and
  their reactions are lined up as parked events, to be tried next.
"""

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.db.models import Q

from indexer import confirming, leases, reacting, registry, store
from indexer.branches import checked_headers, read_range
from indexer.leases import Lease
from indexer.models import Cursor, EventLog, ReactionFailure, Watched
from indexer.models.chain import log_id
from indexer.reading import ChainMoved, Header, Log, header_at
from indexer.rpc import Rpc
from indexer.watchlist import Watchlist
from rwa_portal.core.actions import action


def read_for_late_watches(rpc: Rpc, lease: Lease, *, at: datetime) -> None:
    """
    Catch up for every row that is not yet read for.

    :raises LeaseLost: if another process writes now
    """
    cursor = Cursor.objects.get(chain_id=settings.CHAIN.chain_id)
    rows = list(Watched.objects.filter(chain_id=cursor.chain_id, read_at=None).order_by("id"))
    if not rows or cursor.head_number is None or cursor.head_hash is None:
        return
    escrows = list(Watched.objects.filter(chain_id=cursor.chain_id).order_by("id"))
    watchlist = Watchlist.of(rows, escrows=escrows)
    try:
        logs = read_range(rpc, watchlist.from_block, cursor.head_number, watchlist)
        headers = checked_headers(rpc, logs)
        tip = header_at(rpc, cursor.head_number)
    except ChainMoved:
        return
    if tip is not None and tip.hash == cursor.head_hash:
        _record(lease, rows=rows, logs=logs, headers=headers, read_from=cursor.head_hash, at=at)


@action
def _record(
    lease: Lease,
    *,
    rows: Sequence[Watched],
    logs: Sequence[Log],
    headers: Sequence[Header],
    read_from: str,
    at: datetime,
) -> None:
    cursor = leases.hold(lease)
    if cursor.head_hash != read_from:
        return
    # A block read after the row was inserted has its logs already.
    ids = {log_id(cursor.chain_id, log.block_hash, log.log_index): log for log in logs}
    known = set(EventLog.objects.filter(pk__in=ids).values_list("pk", flat=True))
    new = [log for id, log in ids.items() if id not in known]
    store.insert_missing_blocks(headers)
    first_seq = cursor.last_seq + 1
    store.insert_logs(cursor, new, at=at)
    _take_up_confirmed(cursor, first_seq, at)
    cursor.save()
    Watched.objects.filter(pk__in=[row.pk for row in rows]).update(read_at=at)


def _take_up_confirmed(cursor: Cursor, first_seq: int, at: datetime) -> None:
    stored = EventLog.objects.select_related("block").filter(seq__gte=first_seq).order_by("seq")
    confirming.apply(cursor, list(stored.filter(block_number__lte=cursor.confirmed_number)))
    passed = Q(block_number__lt=cursor.reacted_number) | Q(
        block_number=cursor.reacted_number, log_index__lte=cursor.reacted_index
    )
    for log in stored.filter(passed):
        if registry.has_reaction(log.full_name):
            reacting.line_up(confirming.event_of(log), ReactionFailure.Status.LATE, parked_at=at)
