import os

from celery import Celery

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
