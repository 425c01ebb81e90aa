"""
What Fireblocks signs: a detached JWS, RS512, by a key of its JWKS.

- The older header counts only where FIREBLOCKS_WEBHOOK_LEGACY_KEY is set, and never beside a JWS that fails.
- No time is signed apart from the body's own: a replay is found by the notice's id.
"""

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import httpx
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from django.conf import settings

from contracts.custody import AnswerUnknown, Notice, NoticeUnreadable, SignatureWrong, jose
from contracts.custody.fetched import Fetched

NEW, OLD = "Fireblocks-Webhook-Signature", "Fireblocks-Signature"
MILLISECONDS_FROM = 100_000_000_000  # a smaller number is seconds: one page of the vendor's says so
_keys: Fetched[dict[str, RSAPublicKey]] = Fetched()


class FireblocksNotices:
    def __init__(self, transport: httpx.BaseTransport | None = None) -> None:
        self._transport = transport

    def verify(self, *, body: bytes, headers: Mapping[str, str]) -> None:
        if signature := headers.get(NEW):
            jose.verify_rs512(signature, body, self._key(jose.kid_of(signature)))
            return
        legacy, pem = headers.get(OLD), settings.FIREBLOCKS_WEBHOOK_LEGACY_KEY
        if not legacy or not pem:
            raise SignatureWrong("it has no signature that counts here")
        key = jose.public_key(pem, setting="FIREBLOCKS_WEBHOOK_LEGACY_KEY")
        try:
            jose.verify_sha512(body, base64.b64decode(legacy, validate=True), key)
        except binascii.Error:
            raise SignatureWrong("not base64") from None

    def parse(self, *, body: bytes) -> Notice:
        try:
            said = json.loads(body)
            data = said.get("data") or {}
            kind = str(said.get("eventType") or said["type"])
            vendor_id = str(said.get("resourceId") or data.get("id") or "")
            return Notice(
                # The older form has no id of its own.
                dedupe_key=str(said.get("id") or hashlib.sha256(body).hexdigest())[:64],
                event_type=kind[:64],
                vendor_id=vendor_id[:128],
                external_id=str(data.get("externalTxId") or "")[:64],
                vendor_at=_moment(said.get("createdAt") or said["timestamp"]),
                reads=kind.lower().startswith("transaction"),
            )
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError):
            raise NoticeUnreadable from None

    def _key(self, kid: str) -> RSAPublicKey:
        for ask in (_keys.values, _keys.again):
            for known in ask(self._fetch):
                if kid in known:
                    return known[kid]
        raise SignatureWrong("its key is not the vendor's")

    def _fetch(self) -> dict[str, RSAPublicKey]:
        try:
            with httpx.Client(timeout=5, transport=self._transport, trust_env=False) as client:
                answer = client.get(settings.FIREBLOCKS_JWKS_URL)
                keys = jose.keys_of(answer.json()) if answer.status_code == 200 else {}
        except (httpx.HTTPError, ValueError):
            keys = {}
        if not keys:
            raise AnswerUnknown("Fireblocks' keys for notices could not be fetched")
        return keys


def _moment(value: Any) -> datetime:
    seconds = value / 1000 if value > MILLISECONDS_FROM else value
    return datetime.fromtimestamp(seconds, UTC)
