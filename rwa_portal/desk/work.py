"""
What waits for a person: counts that are links.

- A tile stands here when its reader has the right to do something about it; empty ones come last.
- Who may decide nothing, but read, sees what is open for others.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db.models import Count, Min

from contracts.models import ChainOperation, State
from indexer import queries as indexer
from indexer.models import BooksCheck
from rwa_portal.core.models import User
from rwa_portal.desk.queues import QUEUES, Queue

__all__ = ["QUEUES", "Health", "Tile", "health", "reading", "tiles"]

STALE_AFTER = timedelta(seconds=60)  # the indexer looks at the chain every second or so


@dataclass(frozen=True)
class Tile:
    label: str
    count: int
    url: str
    is_urgent: bool = False
    oldest: datetime | None = None


@dataclass(frozen=True)
class Health:
    """Whether the portal hears the chain and may speak to it."""

    position: indexer.Position
    is_stale: bool
    sending_halted: bool
    under_way: int  # calls that are with a custodian or in a block
    checked: BooksCheck | None  # the last comparison with the chain that came to a result


def tiles(user: User, *, at: datetime) -> list[Tile]:
    """Count what this person can do something about: what is open first, in the order of the day's work."""
    counted = [_tile(queue, user, at) for queue in QUEUES if user.has_perm(queue.right)]
    return sorted(counted, key=lambda tile: (not tile.count, not (tile.is_urgent and tile.count)))


def reading(user: User, *, at: datetime) -> list[Tile]:
    """Count what is open for others, as far as this person may see the rows."""
    found = []
    for queue in QUEUES:
        if user.has_perm(queue.right) or not user.has_perm(_view_right(queue, user, at)):
            continue
        tile = _tile(queue, user, at)
        if tile.count:
            label = queue.label_for_readers or queue.label
            found.append(replace(tile, label=label, url=queue.url_for_readers))
    return found


def health(*, at: datetime) -> Health:
    position = indexer.position()
    done = BooksCheck.objects.finished().filter(kind=BooksCheck.Kind.RECONCILE)
    sent = [State.SUBMITTING, State.SUBMIT_UNKNOWN, State.CUSTODY, State.BROADCAST, State.MINED]
    return Health(
        position=position,
        is_stale=position.polled_at is None or at - position.polled_at > STALE_AFTER,
        sending_halted=indexer.sending_halted(),
        under_way=ChainOperation.objects.filter(state__in=sent).count(),
        checked=done.order_by("-finished_at").first(),
    )


def _tile(queue: Queue, user: User, at: datetime) -> Tile:
    rows = queue.rows(user, at)
    if not queue.since:
        return Tile(queue.label, rows.count(), queue.url, queue.is_urgent)
    found = rows.aggregate(count=Count("pk"), oldest=Min(queue.since))
    return Tile(queue.label, found["count"], queue.url, queue.is_urgent, found["oldest"])


def _view_right(queue: Queue, user: User, at: datetime) -> str:
    options = queue.rows(user, at).model._meta
    return f"{options.app_label}.view_{options.model_name}"
