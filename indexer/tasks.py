from datetime import timedelta

import structlog
from celery import shared_task
from django.utils import timezone

from indexer import actions, leases, reacting
from indexer.advance import advance
from indexer.confirming import ProjectionFailed
from indexer.leases import LeaseLost
from indexer.rpc import RpcError

log = structlog.get_logger(__name__)
OLD_AFTER = timedelta(seconds=60)


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
