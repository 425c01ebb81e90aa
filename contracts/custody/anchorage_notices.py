"""What Anchorage signs: the raw body, by Ed25519. The key is fetched; the one before it counts too."""

import base64
import json
from collections.abc import Mapping
from datetime import UTC, datetime

import httpx
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.conf import settings

from contracts.custody import AnswerUnknown, Notice, NoticeUnreadable, Refused, SignatureWrong
from contracts.custody.anchorage import VENDOR, sign_now
from contracts.custody.fetched import Fetched
from contracts.custody.line import Line, text

_keys: Fetched[str] = Fetched()


class AnchorageNotices:
    def __init__(self, transport: httpx.BaseTransport | None = None) -> None:
        self._line = Line(VENDOR, settings.ANCHORAGE_BASE_URL, sign_now, transport)

    def verify(self, *, body: bytes, headers: Mapping[str, str]) -> None:
        try:
            signature = bytes.fromhex(headers.get("Api-Signature", ""))
        except ValueError:
            raise SignatureWrong("not hex") from None
        if not signature:
            raise SignatureWrong("it has no signature")
        for ask in (_keys.values, _keys.again):
            if any(_fits(key, signature, body) for key in ask(self._fetch)):
                return
        raise SignatureWrong("no key of the vendor's fits")

    def parse(self, *, body: bytes) -> Notice:
        try:
            said = json.loads(body)
            payload = json.loads(base64.b64decode(said["payload"], validate=True))
            vendor_id = str(payload.get("walletOperationId") or payload.get("transactionId") or "")
            return Notice(
                dedupe_key=str(said["message_id"])[:64],
                event_type=str(said["event_type"])[:64],
                vendor_id=vendor_id[:128],
                vendor_at=datetime.fromtimestamp(said["timestamp"], UTC),
                reads="walletOperationId" in payload,
            )
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError):
            raise NoticeUnreadable from None

    def _fetch(self) -> str:
        try:
            return text(self._line.get("/v2/webhook/validation-key"), "value", vendor=VENDOR)
        except Refused as refusal:
            raise AnswerUnknown(str(refusal)) from None


def _fits(key: str, signature: bytes, body: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)).verify(signature, body)
    except (ValueError, InvalidSignature):
        return False
    return True
