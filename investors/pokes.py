"""Waking a task with a row's id after the commit. Losing or doubling a poke is harmless: the clock sweeps."""

from functools import partial

from celery import current_app
from django.db import transaction


def poke(task: str, row_id: str) -> None:
    transaction.on_commit(partial(_send, task, row_id), robust=True)


def _send(task: str, row_id: str) -> None:
    current_app.send_task(task, args=[row_id], retry=False)
