"""An identity provider's notices: core.api.notices takes them in; who signs and what keeps them is here."""

from django.utils import timezone
from drf_spectacular.utils import OpenApiTypes, extend_schema, inline_serializer
from prometheus_client import Counter
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from investors import actions
from investors.kyc import NoticeUnreadable, SignatureWrong
from investors.kyc.registry import provider as adapter_of
from rwa_portal.core.api.notices import LIMIT_BYTES, NoticeView

__all__ = ["LIMIT_BYTES", "NOTICES", "KycWebhookView"]
KEPT_HEADERS = ("Content-Type", "User-Agent", "X-Payload-Digest", "X-Payload-Digest-Alg")
NOTICES = Counter("portal_kyc_notices", "Notices of identity providers by what became of them", ["outcome"])


class KycWebhookView(NoticeView):
    counter, about = NOTICES, "kyc"

    @extend_schema(
        operation_id="kyc_webhook",
        request=OpenApiTypes.BINARY,
        responses={200: inline_serializer("NoticeTaken", {"status": serializers.CharField()})},
    )
    def post(self, request: Request, provider: str) -> Response:
        """Take a notice of an identity provider, signed with the webhook's secret over its raw bytes."""
        return self.take(request, provider)

    def is_signed(self, provider: str, body: bytes, request: Request) -> bool:
        try:
            adapter_of(provider).verify(body=body, headers=request.headers)
        except SignatureWrong:
            return False
        return True

    def journal(self, provider: str, body: bytes, request: Request) -> str:
        try:
            notice = adapter_of(provider).parse(body=body)
        except NoticeUnreadable:
            notice = None
        delivery = actions.journal_notice(
            provider=provider,
            body=body,
            headers={n: request.headers[n] for n in KEPT_HEADERS if n in request.headers},
            notice=notice,
            at=timezone.now(),
        )
        return str(delivery.pk)
