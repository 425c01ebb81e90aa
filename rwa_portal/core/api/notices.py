"""
What a vendor's notice meets: size, signature, journal, 200; the work comes later, in a task.

Nothing of a notice that is not signed is kept, only counted.
"""

from typing import Any

from django.db import InterfaceError, OperationalError
from prometheus_client import Counter
from rest_framework import exceptions
from rest_framework.parsers import BaseParser
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from rwa_portal.core import log
from rwa_portal.core.errors import Unavailable
from rwa_portal.core.throttles import WebhookThrottle

LIMIT_BYTES = 64 * 1024


class NoticeTooLarge(exceptions.APIException):
    status_code = 413
    default_detail = "A notice has at most 64 KiB."


class NoticeNotSigned(exceptions.AuthenticationFailed):
    default_detail = "The notice is not signed by the provider."


class JournalUnavailable(Unavailable):
    """The journal cannot be written. Send the notice again."""


class RawParser(BaseParser):
    """Leaves the body alone: a signature is over bytes."""

    media_type = "*/*"

    def parse(
        self, stream: object, media_type: str | None = None, parser_context: object = None
    ) -> dict[str, Any]:
        return {}


class NoticeView(APIView):
    """The intake of one kind of vendor; what a signature and a journal are, its subclass says."""

    authentication_classes = []
    throttle_classes = [WebhookThrottle]
    permission_classes = [AllowAny]
    parser_classes = [RawParser]
    counter: Counter
    about: str  # "kyc", "custody": the first word of its log lines

    def get_authenticate_header(self, request: Request) -> str:
        return "Signature"  # without one, DRF turns a 401 into a 403

    def is_signed(self, provider: str, body: bytes, request: Request) -> bool:
        """
        :raises KeyError: there is no such provider
        :raises Unavailable: it cannot be told now; the provider sends again
        """
        raise NotImplementedError

    def journal(self, provider: str, body: bytes, request: Request) -> str:
        """Keep the notice, once, and return the journal's id of it."""
        raise NotImplementedError

    def take(self, request: Request, provider: str) -> Response:
        body = self._body(request)
        try:
            is_signed = self.is_signed(provider, body, request)
        except KeyError:
            raise exceptions.NotFound from None
        if not is_signed:
            self.counter.labels("not_signed").inc()
            log.decision(f"{self.about}.notice_not_signed", provider=provider)
            raise NoticeNotSigned
        try:
            delivery = self.journal(provider, body, request)
        except (OperationalError, InterfaceError):
            raise JournalUnavailable from None
        self.counter.labels("journalled").inc()
        log.decision(f"{self.about}.notice_journalled", delivery=delivery)
        return Response({"status": "ok"})

    def _body(self, request: Request) -> bytes:
        claimed = request.META.get("CONTENT_LENGTH") or "0"
        if not claimed.isdigit() or int(claimed) > LIMIT_BYTES:
            self.counter.labels("too_large").inc()
            raise NoticeTooLarge
        return request._request.body
