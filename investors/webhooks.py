"""
What a provider's notice meets: size, signature, journal, 200; the work comes later, in a task.

Nothing of a notice that is not signed is kept, only counted.
"""

from typing import Any

from django.db import InterfaceError, OperationalError
from django.utils import timezone
from drf_spectacular.utils import OpenApiTypes, extend_schema, inline_serializer
from prometheus_client import Counter
from rest_framework import exceptions, serializers
from rest_framework.parsers import BaseParser
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from investors import actions
from investors.kyc import KycProvider, Notice, NoticeUnreadable, SignatureWrong
from investors.kyc.registry import provider as adapter_of
from rwa_portal.core import log
from rwa_portal.core.errors import Unavailable
from rwa_portal.core.throttles import WebhookThrottle

LIMIT_BYTES = 64 * 1024
KEPT_HEADERS = ("Content-Type", "User-Agent", "X-Payload-Digest", "X-Payload-Digest-Alg")
NOTICES = Counter("portal_kyc_notices", "Notices of identity providers by what became of them", ["outcome"])


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


class KycWebhookView(APIView):
    authentication_classes = []
    throttle_classes = [WebhookThrottle]
    permission_classes = [AllowAny]
    parser_classes = [RawParser]

    def get_authenticate_header(self, request: Request) -> str:
        return "Signature"  # without one, DRF turns a 401 into a 403

    @extend_schema(
        operation_id="kyc_webhook",
        request=OpenApiTypes.BINARY,
        responses={200: inline_serializer("NoticeTaken", {"status": serializers.CharField()})},
    )
    def post(self, request: Request, provider: str) -> Response:
        """Take a notice of an identity provider, signed with the webhook's secret over its raw bytes."""
        try:
            adapter = adapter_of(provider)
        except KeyError:
            raise exceptions.NotFound from None
        body = _body(request)
        _require_signature(adapter, body, request)
        try:
            delivery = actions.journal_notice(
                provider=provider,
                body=body,
                headers={n: request.headers[n] for n in KEPT_HEADERS if n in request.headers},
                notice=_notice(adapter, body),
                at=timezone.now(),
            )
        except (OperationalError, InterfaceError):
            raise JournalUnavailable from None
        NOTICES.labels("journalled").inc()
        log.decision("kyc.notice_journalled", delivery=str(delivery.pk))
        return Response({"status": "ok"})


def _body(request: Request) -> bytes:
    claimed = request.META.get("CONTENT_LENGTH") or "0"
    if not claimed.isdigit() or int(claimed) > LIMIT_BYTES:
        NOTICES.labels("too_large").inc()
        raise NoticeTooLarge
    return request._request.body


def _require_signature(adapter: KycProvider, body: bytes, request: Request) -> None:
    try:
        adapter.verify(body=body, headers=request.headers)
    except SignatureWrong:
        NOTICES.labels("not_signed").inc()
        log.decision("kyc.notice_not_signed", provider=adapter.name)
        raise NoticeNotSigned from None


def _notice(adapter: KycProvider, body: bytes) -> Notice | None:
    try:
        return adapter.parse(body=body)
    except NoticeUnreadable:
        return None
