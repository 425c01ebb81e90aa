"""Waking a task with a row's id. The rows are the truth: a poke that is lost or doubled changes nothing."""

from functools import partial

import structlog
from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

log = structlog.get_logger(__name__)


def poke(task: str, row_id: str) -> None:
    """Wake a task once the decision has committed; a broker that is down fails no decision."""
    transaction.on_commit(partial(_send, task, row_id), robust=True)


def _send(task: str, row_id: str) -> None:
    try:
        current_app.send_task(task, args=[row_id], retry=False)
    except OperationalError as error:
        log.warning("poke.lost", task=task, error=type(error).__name__)  # the sweep finds the row instead
