"""Waking a task. The rows are the truth: a poke that is lost or doubled changes nothing."""

from functools import partial

from celery import current_app
from django.db import transaction


def poke(task: str) -> None:
    """Wake a task once the decision has committed; a broker that is down fails no decision."""
    transaction.on_commit(partial(_send, task), robust=True)


def _send(task: str) -> None:
    current_app.send_task(task, retry=False)
