"""
Follows the chain, one step after another, whoever wakes it: the timer, the clock or a test.

- read (no transaction open) -> record -> confirm and project -> react. Each write is one short transaction.
- Done twice it changes nothing; killed anywhere it goes on where the last commit left it.
"""

from dataclasses import dataclass
from datetime import datetime

import structlog
from django.conf import settings

from indexer import confirming, late, leases, metrics, reacting, store
from indexer.branches import NoCommonAncestor, next_branch
from indexer.leases import Lease
from indexer.models import Cursor, Incident
from indexer.reading import ChainMoved, Header, header_at
from indexer.rpc import Rpc, client
from indexer.watchlist import Watchlist
from rwa_portal.core.actions import action

log = structlog.get_logger(__name__)
STEPS = 200


@dataclass(frozen=True)
class Advanced:
    """What one call has done."""

    is_writer: bool
    is_there: bool = False  # the node's head has been reached
    blocks: int = 0
    logs: int = 0
    reactions: int = 0


def advance(*, at: datetime, lease: Lease | None = None, rpc: Rpc | None = None) -> Advanced:
    """
    Read, confirm and react until the node's head is reached. Without the lease nothing happens.

    :raises LeaseLost: if another process took over meanwhile
    :raises RpcError: if the node does not answer as it should; the position stays
    :raises ProjectionFailed: if derived rows cannot follow; the position stays
    """
    rpc = rpc or client()
    lease = lease or leases.take(owner=leases.this_process(), at=at)
    if lease is None:
        return Advanced(is_writer=False)
    blocks = logs = reactions = 0
    is_there = False
    for _ in range(STEPS):
        step = _step(rpc, lease, at)
        blocks, logs, reactions = blocks + step.blocks, logs + step.logs, reactions + step.reactions
        if is_there := step.is_there:
            break
    return Advanced(True, is_there, blocks, logs, reactions)


def _step(rpc: Rpc, lease: Lease, at: datetime) -> Advanced:
    head = header_at(rpc, "latest")
    # After the head, not before: whatever is deployed up to this head was watched before it was sent.
    watchlist = Watchlist.load()
    if head is None or watchlist is None:
        leases.renew(lease, at=at, polled=True)
        return Advanced(True, is_there=True)
    cursor = _cursor()
    if cursor.head_number is None:
        return _start(rpc, lease, head, watchlist, at)
    try:
        branch = next_branch(rpc, cursor, head, watchlist)
    except NoCommonAncestor as error:
        report_replaced(lease, str(error), at=at)
        return Advanced(True, is_there=True)
    except ChainMoved as moved:
        log.info("indexer.chain_moved", reason=str(moved))
        return Advanced(True, is_there=True)  # the next poll reads again
    if branch is None:
        leases.renew(lease, at=at, polled=True)
    elif reorg := store.record_branch(lease, branch, read_from=cursor.head_hash, at=at):
        metrics.REORGS.inc()
        log.warning("indexer.reorg", depth=reorg.depth, ancestor=reorg.ancestor_number)
    late.read_for_late_watches(rpc, lease, at=at)
    reactions = _settle(rpc, lease, at)
    metrics.show(_cursor(), head.number)
    return Advanced(
        True,
        is_there=branch is None or branch.blocks[-1].number >= head.number,
        blocks=len(branch.blocks) if branch else 0,
        logs=len(branch.logs) if branch else 0,
        reactions=reactions,
    )


def _settle(rpc: Rpc, lease: Lease, at: datetime) -> int:
    up_to = confirming.confirmable_number(rpc, _cursor())
    try:
        while confirming.confirm(lease, up_to=up_to, at=at):
            pass
    except confirming.ProjectionFailed as failure:
        report_projection(lease, str(failure), at=at)
        raise
    return reacting.react(lease, at=at)


def _start(rpc: Rpc, lease: Lease, head: Header, watchlist: Watchlist, at: datetime) -> Advanced:
    base = header_at(rpc, max(0, watchlist.from_block - 1))
    if base is None or base.number > head.number:
        leases.renew(lease, at=at, polled=True)  # the first watched block does not exist yet
        return Advanced(True, is_there=True)
    store.start(lease, base=base)
    log.info("indexer.started", after_block=base.number)
    return Advanced(True)


@action
def report_replaced(lease: Lease, summary: str, *, at: datetime) -> None:
    leases.hold(lease)
    Incident.open(
        Incident.Kind.CHAIN_REPLACED,
        f"{summary}. It is another chain than the one indexed so far, or it was started afresh.",
        halts_sending=True,
        at=at,
    )


@action
def report_projection(lease: Lease, summary: str, *, at: datetime) -> None:
    leases.hold(lease)
    Incident.open(
        Incident.Kind.PROJECTION_FAILED,
        f"{summary}. Nothing is confirmed until it passes.",
        halts_sending=True,
        at=at,
    )


def _cursor() -> Cursor:
    return Cursor.objects.get(chain_id=settings.CHAIN.chain_id)
