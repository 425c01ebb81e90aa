from datetime import timedelta

import structlog
from celery import shared_task
from django.utils import timezone

from indexer import actions, checks, leases, reacting
from indexer.advance import advance
from indexer.confirming import ProjectionFailed
from indexer.leases import LeaseLost
from indexer.models import BooksCheck
from indexer.rpc import RpcError
from rwa_portal.core.errors import DomainError
from rwa_portal.core.models import User

log = structlog.get_logger(__name__)
OLD_AFTER = timedelta(seconds=60)
LONGEST_CHECK_S = 900  # a replay reads the whole log


@shared_task
def watch_position() -> None:
    """Take one step in case nobody else does, and report a position that has grown old."""
    try:
        with leases.session_limits():
            _step_in()
    except (RpcError, LeaseLost, ProjectionFailed) as error:
        log.warning("indexer.not_advanced", error=type(error).__name__)
    actions.judge_position(older_than=OLD_AFTER, at=timezone.now())


def _step_in() -> None:
    lease = leases.take(owner=leases.this_process(), at=timezone.now())
    if lease is None:
        return
    try:
        advance(at=timezone.now(), lease=lease)
    finally:
        leases.release(lease)  # the indexer's own process comes back at once


@shared_task
def retry_parked() -> None:
    """Let the events that were parked take effect, where what was in their way is gone."""
    reacting.retry(at=timezone.now())


@shared_task(time_limit=LONGEST_CHECK_S)
def reconcile() -> None:
    """Compare the books with the chain."""
    try:
        checks.reconcile(by=User.service("clock"), at=timezone.now())
    except (DomainError, RpcError) as error:
        log.warning("books.not_reconciled", error=type(error).__name__)


@shared_task(time_limit=LONGEST_CHECK_S)
def replay() -> None:
    """Have the books compared with the event log."""
    checks.ask_for_check(
        kind=BooksCheck.Kind.REPLAY, by=User.service("clock"), at=timezone.now(), reason="By the clock."
    )


@shared_task(time_limit=LONGEST_CHECK_S)
def run_checks() -> None:
    """Take up the checks that were asked for."""
    for check_id in BooksCheck.objects.waiting().order_by("asked_at").values_list("pk", flat=True)[:10]:
        try:
            checks.run(check_id=check_id, at=timezone.now())
        except (DomainError, RpcError) as error:
            log.warning("books.not_checked", check=str(check_id), error=type(error).__name__)
