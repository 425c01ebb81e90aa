"""Requests signed by an RS256 token that names path and body; notices as detached JWS, RS512, by a JWKS."""

import base64
import hashlib
import json
import threading
import time
from collections import deque
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from flask import Request, Response

from rwa_portal.sandbox.config import Custody
from rwa_portal.sandbox.custody.fireblocks.answers import refused
from rwa_portal.sandbox.store import Store

LONGEST_LIFE_S = 60
SKEW_S = 5
KID = "sandbox-webhook-key-1"


class Gate:
    def __init__(self, config: Custody) -> None:
        self.config = config
        private = serialization.load_pem_private_key(config.fireblocks_private_key.encode(), None)
        key = private.public_key()
        if not isinstance(key, rsa.RSAPublicKey):
            raise ValueError("FIREBLOCKS_PRIVATE_KEY is no RSA key")
        self._key = key
        self._nonces: deque[str] = deque(maxlen=10_000)
        self._lock = threading.Lock()

    def check(self, request: Request) -> Response | None:
        """Return the refusal, or nothing."""
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if request.headers.get("X-API-Key", "") != self.config.fireblocks_api_key or scheme != "Bearer":
            return refused(401, "Unauthorized: API key", -7)
        try:
            claims = self._claims(token)
        except (ValueError, InvalidSignature):
            return refused(401, "Unauthorized: JWT is not signed by the API user", -7)
        wrong = self._wrong(claims, request)
        return refused(401, f"Unauthorized: {wrong}", -7) if wrong else None

    def _claims(self, token: str) -> dict[str, Any]:
        head, body, signature = token.split(".")
        if json.loads(_unb64(head)).get("alg") != "RS256":
            raise ValueError("alg")
        signed = f"{head}.{body}".encode()
        self._key.verify(_unb64(signature), signed, padding.PKCS1v15(), hashes.SHA256())
        return dict(json.loads(_unb64(body)))

    def _wrong(self, claims: dict[str, Any], request: Request) -> str:
        now = time.time()
        raw: Any = request.environ.get("RAW_URI") or request.environ.get("REQUEST_URI")
        issued, ends = int(claims.get("iat", 0)), int(claims.get("exp", 0))
        if claims.get("sub") != self.config.fireblocks_api_key:
            return "sub"
        if claims.get("uri") != str(raw or request.full_path.rstrip("?")):
            return "uri"
        if not (issued - SKEW_S <= now < ends and ends - issued < LONGEST_LIFE_S):
            return "exp"
        if claims.get("bodyHash") != hashlib.sha256(request.get_data(cache=True)).hexdigest():
            return "bodyHash"
        with self._lock:
            nonce = str(claims.get("nonce", ""))
            if not nonce or nonce in self._nonces:
                return "nonce"
            self._nonces.append(nonce)
        return ""


class NoticeSigner:
    """The vendor's own key for notices, made once."""

    def __init__(self, store: Store) -> None:
        kept = store.switch("fireblocks.notice_key")
        if kept:
            loaded = serialization.load_pem_private_key(kept.encode(), None)
            if not isinstance(loaded, rsa.RSAPrivateKey):
                raise ValueError("the sandbox's own key is no RSA key")
            self._key = loaded
        else:
            self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
            pem = self._key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
            store.set_switch("fireblocks.notice_key", pem.decode())

    def headers(self, body: bytes) -> dict[str, str]:
        """Sign a notice both ways, as the vendor did while it changed from one to the other."""
        head = _b64(json.dumps({"alg": "RS512", "kid": KID}).encode())
        signature = self._sign(f"{head}.{_b64(body)}".encode())
        return {
            "User-Agent": "FireblocksSandbox/1",
            "Fireblocks-Webhook-Signature": f"{head}..{_b64(signature)}",
            "Fireblocks-Signature": base64.b64encode(self._sign(body)).decode(),
        }

    def jwks(self) -> dict[str, Any]:
        numbers = self._key.public_key().public_numbers()
        size = (numbers.n.bit_length() + 7) // 8
        n, e = _b64(numbers.n.to_bytes(size, "big")), _b64(numbers.e.to_bytes(3, "big"))
        return {"keys": [{"kty": "RSA", "use": "sig", "alg": "RS512", "kid": KID, "n": n, "e": e}]}

    def public_pem(self) -> str:
        return (
            self._key.public_key()
            .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
            .decode()
        )

    def _sign(self, what: bytes) -> bytes:
        return self._key.sign(what, padding.PKCS1v15(), hashes.SHA512())


def _b64(what: bytes) -> str:
    return base64.urlsafe_b64encode(what).rstrip(b"=").decode()


def _unb64(what: str) -> bytes:
    return base64.urlsafe_b64decode(what + "=" * (-len(what) % 4))
