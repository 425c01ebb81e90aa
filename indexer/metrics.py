"""What dashboards and alarms see of the indexer."""

from collections.abc import Mapping

from django.db.models import Count, Max
from prometheus_client import Counter, Gauge

from indexer.findings import Kind
from indexer.models import BooksCheck, Break, Cursor, ReactionFailure
from rwa_portal.core.metrics import gauge

HEAD = Gauge("indexer_head_block", "The last block read.", multiprocess_mode="mostrecent")
CONFIRMED = Gauge("indexer_confirmed_block", "The last block that counts.", multiprocess_mode="mostrecent")
LAG = Gauge("indexer_lag_blocks", "Blocks the node has and we have not read.", multiprocess_mode="mostrecent")
PARKED = Gauge("indexer_parked_events", "Events without effect so far.", multiprocess_mode="mostrecent")
REORGS = Counter("indexer_reorgs", "How often the chain took blocks back.")
RPC_ERRORS = Counter("indexer_rpc_errors", "Requests the node did not answer as it should.", ["kind"])


def show(cursor: Cursor, node_head: int) -> None:
    HEAD.set(cursor.head_number or 0)
    CONFIRMED.set(cursor.confirmed_number or 0)
    LAG.set(max(0, node_head - (cursor.head_number or 0)))
    PARKED.set(ReactionFailure.objects.exclude(status=ReactionFailure.Status.DONE).count())


def breaks_open() -> Mapping[str, float]:
    counts = Break.objects.standing().values_list("kind").annotate(Count("pk"))
    return dict.fromkeys(Kind.values, 0) | dict(counts)


def checked_at() -> Mapping[str, float]:
    done = BooksCheck.objects.finished().filter(failure="")
    return {kind: at.timestamp() for kind, at in done.values_list("kind").annotate(Max("finished_at"))}


gauge("portal_breaks_open", "Differences between the books and the chain.", "class", breaks_open)
gauge(
    "portal_books_checked_timestamp_seconds",
    "When the books were last checked, in Unix time.",
    "kind",
    checked_at,
)
