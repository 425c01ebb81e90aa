"""A custodian's notices: the intake is core.api.notices'; here is who signs and which journal keeps."""

import hashlib

from django.utils import timezone
from drf_spectacular.utils import OpenApiTypes, extend_schema, inline_serializer
from prometheus_client import Counter
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from contracts import notices
from contracts.custody import AnswerUnknown, NoticeUnreadable, SignatureWrong, notifier
from rwa_portal.core.api.notices import NoticeView
from rwa_portal.core.errors import Unavailable

NOTICES = Counter("portal_custody_notices", "Notices of custodians by what became of them", ["outcome"])


class KeysUnavailable(Unavailable):
    """The custodian's keys cannot be read at the moment. Send the notice again."""


class CustodyWebhookView(NoticeView):
    counter, about = NOTICES, "custody"

    @extend_schema(
        operation_id="custody_webhook",
        request=OpenApiTypes.BINARY,
        responses={200: inline_serializer("CustodyNoticeTaken", {"status": serializers.CharField()})},
    )
    def post(self, request: Request, provider: str) -> Response:
        """Take a notice of a custodian, signed by its key over its raw bytes."""
        return self.take(request, provider)

    def is_signed(self, provider: str, body: bytes, request: Request) -> bool:
        try:
            notifier(provider).verify(body=body, headers=request.headers)
        except SignatureWrong:
            return False
        except AnswerUnknown:
            raise KeysUnavailable from None
        return True

    def journal(self, provider: str, body: bytes, request: Request) -> str:
        try:
            notice = notifier(provider).parse(body=body)
        except NoticeUnreadable:
            notice = None
        row = notices.journal(
            provider=provider,
            body=body,
            notice=notice,
            dedupe_key=hashlib.sha256(body).hexdigest(),
            at=timezone.now(),
        )
        return str(row.pk)
