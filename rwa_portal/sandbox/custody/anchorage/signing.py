"""Ed25519 both ways: requests by the client's key, notices by the vendor's."""

import time
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from flask import Request, Response, jsonify

from rwa_portal.sandbox.config import Custody
from rwa_portal.sandbox.store import Store

SKEW_S = 60


def refused(status: int, message: str) -> Response:
    kinds = {400: "InvalidRequest", 401: "Unauthenticated", 404: "NotFound", 409: "Conflict"}
    answer = jsonify({"errorType": kinds.get(status, "InternalError"), "message": message})
    answer.status_code = status
    return answer


class Gate:
    def __init__(self, config: Custody) -> None:
        self.config = config
        seed = bytes.fromhex(config.anchorage_signing_key)
        self._key = Ed25519PrivateKey.from_private_bytes(seed).public_key()

    def check(self, request: Request) -> Response | None:
        """Return the refusal, or nothing."""
        if request.headers.get("Api-Access-Key", "") != self.config.anchorage_access_key:
            return refused(401, "Unknown access key")
        ts = request.headers.get("Api-Timestamp", "")
        if request.method == "GET" and not ts:
            return None  # reading asks for the access key alone
        if not ts.isdigit() or abs(time.time() - int(ts)) > SKEW_S:
            return refused(401, "The timestamp is missing or too far from now")
        raw: Any = request.environ.get("RAW_URI") or request.environ.get("REQUEST_URI")
        signed = f"{ts}{request.method}{raw or request.full_path.rstrip('?')}".encode()
        try:
            signature = bytes.fromhex(request.headers.get("Api-Signature", ""))
            self._key.verify(signature, signed + request.get_data(cache=True))
        except (ValueError, InvalidSignature):
            return refused(401, "The signature is wrong")
        return None


class NoticeSigner:
    """The vendor's own key for notices, made once."""

    def __init__(self, store: Store) -> None:
        kept = store.switch("anchorage.notice_key")
        if kept:
            self._key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(kept))
        else:
            self._key = Ed25519PrivateKey.generate()
            store.set_switch("anchorage.notice_key", self._key.private_bytes_raw().hex())

    def headers(self, body: bytes) -> dict[str, str]:
        return {"User-Agent": "AnchorageSandbox/1", "Api-Signature": self._key.sign(body).hex()}

    def public_hex(self) -> str:
        raw = serialization.Encoding.Raw, serialization.PublicFormat.Raw
        return self._key.public_key().public_bytes(*raw).hex()
