"""What the clock does about redemptions: the deeds of corporate_actions.tasks.follow_redemptions."""

import logging
from collections.abc import Callable, Iterable
from datetime import datetime
from uuid import UUID

from contracts import reads
from corporate_actions import actions, queries_final
from corporate_actions import queries_redemptions as queries
from corporate_actions.models import HeldBecause, Redemption, SettlementStatus
from indexer.rpc import RpcError
from rwa_portal.core.errors import DomainError
from rwa_portal.core.models import User

log = logging.getLogger(__name__)
LIMIT = 200  # rows a round; the next round takes the rest


def expire(*, at: datetime) -> int:
    """End the requests that were not sent in time, or whose units are gone; returns how many."""
    waiting = Redemption.objects.requested().order_by("lock_by", "id")[:LIMIT]
    return _each(waiting.values_list("pk", flat=True), actions.expire_redemption, at=at)


def adopt(*, at: datetime) -> int:
    """Give rows to requests on chain whose holder's wallet was proven only later; returns how many."""
    facts = queries.unclaimed_facts().values_list("pk", flat=True)[:LIMIT]
    return _each(facts, actions.adopt_request, at=at, name="fact_id")


def hold(*, at: datetime) -> int:
    """Hold what its holder's freezes or sanctions keep from being settled; returns how many."""
    pending = Redemption.objects.filter(settlement_status=SettlementStatus.PENDING)
    pending = pending.select_related("asset", "wallet").order_by("due_at", "id")
    stopped = [each.pk for each in pending.iterator(chunk_size=LIMIT) if queries.obstacle(each)]
    return _each(stopped, actions.hold_unpayable_redemption, at=at)


def release(*, at: datetime) -> int:
    """Let go of what nothing stops any more; what an officer holds an officer releases. Returns how many."""
    held = Redemption.objects.filter(settlement_status=SettlementStatus.HELD)
    held = held.exclude(held_because=HeldBecause.BY_OFFICER).select_related("asset", "wallet")
    free = [each.pk for each in held.order_by("held_at", "id")[:LIMIT] if _is_free(each)]
    return _each(free, actions.release_redemption, at=at)


def note_redeemed_assets(*, at: datetime) -> int:
    """Note the closed assets whose holders wait to be paid out; returns how many."""
    closed = queries_final.redeemed_without_final().values_list("pk", flat=True)[:LIMIT]
    return _each(closed, actions.note_redeemed_asset, at=at, name="asset_id")


def _is_free(redemption: Redemption) -> bool:
    if queries.obstacle(redemption) is not None:
        return False
    try:
        # The payment token's own list is no event we read; payeeOf also knows of what is not final yet.
        return not reads.is_usdc_blacklisted(reads.payee_of(redemption.wallet.address))
    except (RpcError, reads.AnswerUnreadable):
        return False


def _each(
    ids: Iterable[UUID], act: Callable[..., object], *, at: datetime, name: str = "redemption_id"
) -> int:
    clock, done = User.service("clock"), 0
    for row_id in list(ids):
        try:
            act(**{name: row_id}, by=clock, at=at)
        except DomainError as error:
            # Moved on meanwhile, or not its time yet: the next round asks again.
            log.debug("redemption left as it is", extra={name: str(row_id), "code": error.code})
        else:
            done += 1
    return done
