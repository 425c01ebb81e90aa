"""Waking a task. The rows are the truth: a poke that is lost or doubled changes nothing."""

import structlog
from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

_logger = structlog.get_logger("portal")


def poke(task: str, *ids: str) -> None:
    """Wake a task with at most a row's id, once the decision committed; a broker that is down fails none."""
    transaction.on_commit(lambda: send(task, *ids), robust=True)  # a partial has no name Django could log


def send(task: str, *ids: str) -> None:
    """Wake a task now, outside any decision. With the broker down a line is logged; the clock wakes it."""
    try:
        current_app.send_task(task, args=ids, retry=False)
    except OperationalError as error:
        _logger.warning("poke.lost", task=task, error=type(error).__name__)
