"""
Every error is RFC 9457 problem+json under /api/, whoever raises it: our rules, DRF or Django itself.

400 malformed, 401, 403 right, 404, 405, 406, 409 state, 413, 415, 422 field rule, 429, 503.
"""

from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views import csrf, defaults
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler as drf_exception_handler

from rwa_portal.core.errors import DomainError, RuleBroken, Unavailable

MEDIA_TYPE = "application/problem+json"
_NAMES = {Http404: "NotFound", PermissionDenied: "PermissionDenied"}


def exception_handler(error: Exception, context: dict) -> Response | None:
    """Answer every refusal: 409 for a state, 422 for a field's rule."""
    if isinstance(error, RuleBroken):
        return _answer(422, error.code, str(error), [_fault(error.field, error.code, str(error))])
    if isinstance(error, Unavailable):
        return _answer(503, error.code, str(error), headers={"Retry-After": "5"})
    if isinstance(error, DomainError):
        return _answer(409, error.code, str(error))
    if isinstance(error, RequestDataTooBig):
        return _answer(413, "RequestTooLarge", "The request is too large.")
    response = drf_exception_handler(error, context)
    if response is None:
        return None  # a fault of ours: 500, and the error tracker
    code = _NAMES.get(type(error), type(error).__name__)
    if isinstance(error, exceptions.ValidationError):
        faults = [_fault(name, getattr(text, "code", code), str(text)) for name, text in _flat(error.detail)]
        return _answer(422, code, "Some fields are not valid.", faults)
    detail = response.data["detail"] if response.data else code
    return _answer(response.status_code, code, str(detail), headers=response.headers)


def body(status: int, code: str, detail: str, errors: Any = ()) -> dict[str, Any]:
    title = HTTPStatus(status).phrase
    return {
        "type": "about:blank",
        "title": title,
        "status": status,
        "code": code,
        "detail": detail,
        "errors": list(errors),
    }


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if _asks_api(request):
        return answer(404, "NotFound", "There is nothing at this address.")
    return defaults.page_not_found(request, exception)


def no_endpoint(request: HttpRequest) -> HttpResponse:
    """The last address under /api/, so that DEBUG does not change the answer."""
    return answer(404, "NotFound", "There is nothing at this address.")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if _asks_api(request):
        return answer(400, "BadRequest", "The request is malformed.")
    return defaults.bad_request(request, exception)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    if _asks_api(request):
        return answer(403, "PermissionDenied", "You may not do this.")
    return defaults.permission_denied(request, exception)


def fault(request: HttpRequest) -> HttpResponse:
    if _asks_api(request):
        return answer(500, "InternalError", "The portal failed to answer. The operators have been told.")
    return defaults.server_error(request)


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    if _asks_api(request):
        return answer(403, "CsrfFailed", reason)
    return csrf.csrf_failure(request, reason=reason)


def _asks_api(request: HttpRequest) -> bool:
    return request.path.startswith("/api/")


def answer(status: int, code: str, detail: str) -> HttpResponse:
    return JsonResponse(body(status, code, detail), status=status, content_type=MEDIA_TYPE)


def _answer(status: int, code: str, detail: str, errors: Any = (), headers: Any = None) -> Response:
    kept = {k: v for k, v in (headers or {}).items() if k in ("WWW-Authenticate", "Retry-After", "Allow")}
    return Response(body(status, code, detail, errors), status=status, headers=kept, content_type=MEDIA_TYPE)


def _fault(field: str, rule: str, detail: str) -> dict[str, str]:
    return {"field": field, "rule": rule, "detail": detail}


def _flat(detail: Any, path: str = "") -> list[tuple[str, Any]]:
    if isinstance(detail, dict):
        return [pair for name, value in detail.items() for pair in _flat(value, f"{path}.{name}".strip("."))]
    if isinstance(detail, list):
        return [pair for value in detail for pair in _flat(value, path)]
    return [(path, detail)]
