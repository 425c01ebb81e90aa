"""Who is behind each log line: a request's or a task's id and the user's id, never more."""

import re
import time
import uuid
from collections.abc import Callable
from typing import Any

import structlog
from celery import signals
from django.conf import settings
from django.http import HttpRequest, HttpResponse

_logger = structlog.get_logger("portal")
_GIVEN = re.compile(r"[A-Za-z0-9-]{8,64}")


class RequestLogMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-Id", "")
        request_id = given if _GIVEN.fullmatch(given) else uuid.uuid4().hex
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        started = time.monotonic()
        response = self.get_response(request)
        response["X-Request-Id"] = request_id
        if not request.path.startswith(settings.STATIC_URL):
            self._write(request, response, started)
        return response

    def process_view(self, request: HttpRequest, *_: Any) -> None:
        user: Any = getattr(request, "user", None)
        if user is not None and user.is_authenticated:
            structlog.contextvars.bind_contextvars(user_id=str(user.pk))

    def _write(self, request: HttpRequest, response: HttpResponse, started: float) -> None:
        match = request.resolver_match
        _logger.info(
            "request",
            method=request.method,
            route=match.route if match else "",  # the pattern: an address may hold a token
            status=response.status_code,
            ms=round((time.monotonic() - started) * 1000),
        )


@signals.task_prerun.connect
def _bind_task(task_id: str, task: Any, **_: Any) -> None:
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(task_id=task_id, task=task.name)
