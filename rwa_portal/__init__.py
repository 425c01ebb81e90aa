# Every process that imports Django's settings can then poke tasks: the web, the indexer, commands.
from rwa_portal.celery import app as celery_app

__all__ = ["celery_app"]
