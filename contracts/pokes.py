"""Waking a task. The rows are the truth: a poke that is lost or doubled changes nothing."""

from functools import partial

import structlog
from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

from contracts.models import ChainOperation

log = structlog.get_logger(__name__)


def poke(task: str) -> None:
    """Wake a task once the decision has committed; a broker that is down fails no decision."""
    transaction.on_commit(partial(_send, task), robust=True)


def poke_following() -> None:
    """Follow what was sent, if anything was; the indexer calls this after each advance."""
    if ChainOperation.objects.open_on_chain().exists():
        _send("contracts.tasks.follow_operations")


def _send(task: str) -> None:
    try:
        current_app.send_task(task, retry=False)
    except OperationalError as error:
        log.warning("poke.lost", task=task, error=type(error).__name__)  # the clock wakes it instead
