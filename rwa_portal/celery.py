import os
from importlib import import_module
from typing import Any

import django
from celery import Celery, signals
from django.db import connections

from rwa_portal.conf import queues

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rwa_portal.settings")

app = Celery("rwa_portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
# A message carries an id and nothing else; the rows are the truth and the sweeper pokes again what was lost.
app.conf.update(
    task_ignore_result=True,
    task_time_limit=60,
    task_acks_late=False,
    task_default_queue="default",
    task_routes=queues.ROUTES,
    task_queues=queues.QUEUES,
    broker_transport_options=queues.BROKER,
)
app.autodiscover_tasks()


@signals.setup_logging.connect
def _keep_our_logging(**_: Any) -> None:
    """Celery would replace the root logger's handlers by its own, which write whatever they are given."""


@signals.worker_init.connect
@signals.beat_init.connect
def _hold_fences(**_: Any) -> None:
    django.setup()
    import_module("rwa_portal.core.fences").hold()  # only now are the settings there
    connections.close_all()  # the worker forks next
