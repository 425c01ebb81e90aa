"""Waking a task. The rows are the truth: a poke that is lost or doubled changes nothing."""

from functools import partial

import structlog
from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

_logger = structlog.get_logger("portal")


def poke(task: str) -> None:
    """Wake a task once the decision has committed; a broker that is down fails no decision."""
    transaction.on_commit(partial(_send, task), robust=True)


def _send(task: str) -> None:
    try:
        current_app.send_task(task, retry=False)
    except OperationalError as error:
        _logger.warning("poke.lost", task=task, error=type(error).__name__)  # the clock wakes it instead
