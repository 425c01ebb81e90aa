"""ECS JSON lines on stderr, one a decision, scrubbed of everything personal (core.scrub)."""

import logging
from typing import Any

import structlog
from ecs_logging import StructlogFormatter

from rwa_portal.core.scrub import scrub_line

_SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True, key="@timestamp"),
]

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "ecs": {
            "()": structlog.stdlib.ProcessorFormatter,
            "processors": [
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                scrub_line,
                StructlogFormatter(),
            ],
            "foreign_pre_chain": [*_SHARED, structlog.stdlib.ExtraAdder()],
        }
    },
    "handlers": {"lines": {"class": "logging.StreamHandler", "formatter": "ecs"}},
    "root": {"handlers": ["lines"], "level": "INFO"},
    "loggers": {
        # Their lines hold addresses, queries or a document's bytes.
        "django.server": {"level": "WARNING"},
        "django.request": {"level": "ERROR"},
        "django.db.backends": {"level": "WARNING"},
        "httpx": {"level": "WARNING"},
        "pypdf": {"level": "CRITICAL"},
        # A line for every beat and task would bury the decisions.
        "celery.beat": {"level": "WARNING"},
        "celery.worker.strategy": {"level": "WARNING"},
        "celery.app.trace": {"level": "WARNING"},
    },
}


def configure() -> None:
    structlog.configure(
        processors=[*_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        cache_logger_on_first_use=False,
    )
