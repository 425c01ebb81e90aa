"""What every request meets: limits and outages answered as such, and staff with a second factor."""

from collections.abc import Callable
from typing import Any

from allauth.mfa.utils import is_mfa_enabled
from csp.middleware import CSPMiddleware
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from redis.exceptions import RedisError

from rwa_portal.conf import security
from rwa_portal.core.api import problems
from rwa_portal.core.errors import Unavailable
from rwa_portal.core.throttles import LimiterUnavailable, TooManyRequests

Next = Callable[[HttpRequest], HttpResponse]


class RefusalMiddleware:
    """Answer 429 and 503 on pages; under /api/ DRF's handler does."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if isinstance(error, TooManyRequests):
            return _refusal(request, 429, str(error), error.retry_after_s)
        if isinstance(error, RedisError):
            error = LimiterUnavailable()
        if isinstance(error, Unavailable):
            return _refusal(request, 503, str(error), 5)
        return None


class StaffMfaMiddleware:
    """Outside dev a member of staff gets nowhere without a second factor in this session."""

    OPEN = ("/accounts/", "/static/", "/healthz", "/readyz", "/metrics")

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user: Any = request.user
        if not settings.MFA_REQUIRED or not (user.is_authenticated and user.is_staff):
            return self.get_response(request)
        if request.path.startswith(self.OPEN) or _has_second_factor(request):
            return self.get_response(request)
        if request.path.startswith("/api/"):
            return problems.answer(403, "SecondFactorMissing", "Sign in with your second factor first.")
        if not is_mfa_enabled(user):
            return redirect("mfa_index")
        return redirect(reverse("mfa_reauthenticate") + "?" + urlencode({"next": request.path}))


def _has_second_factor(request: HttpRequest) -> bool:
    records = request.session.get("account_authentication_methods", [])
    return is_mfa_enabled(request.user) and any(record.get("method") == "mfa" for record in records)


def _refusal(request: HttpRequest, status: int, detail: str, retry_after_s: int) -> HttpResponse:
    if request.path.startswith("/api/"):
        response = problems.answer(status, "TooManyRequests" if status == 429 else "Unavailable", detail)
    else:
        response = render(request, "refusal.html", {"status": status, "detail": detail}, status=status)
    response["Retry-After"] = str(retry_after_s)
    return response


class ContentSecurityMiddleware(CSPMiddleware):
    """One strict policy with a nonce; what Unfold and Swagger UI need, on their own pages only."""

    def process_response(self, request: HttpRequest, response: Any) -> Any:
        if request.path.startswith("/admin/"):
            response._csp_replace = security.ADMIN_CSP
        elif request.path == "/api/docs":
            response._csp_replace = security.DOCS_CSP
        return super().process_response(request, response)
