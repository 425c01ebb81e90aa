import hashlib
import hmac
import time
from collections import deque
from typing import Any

from flask import Request, Response

from rwa_portal.sandbox.config import Config
from rwa_portal.sandbox.notices import Channel
from rwa_portal.sandbox.sumsub.answers import refused

SKEW_S = 60
RESEND_AFTER_S = (300, 3_600, 18_000, 64_800)
ALGORITHM = "HMAC_SHA256_HEX"
WINDOW_S = 5
LIMITS = {"GET": 300, "POST": 50}


def channel(config: Config) -> Channel:
    """Where notices go, and how they are signed."""

    def headers(body: bytes) -> dict[str, str]:
        digest = hmac.new(config.webhook_secret.encode(), body, hashlib.sha256).hexdigest()
        return {
            "User-Agent": "SumsubSandbox/1",
            "X-Payload-Digest": digest,
            "X-Payload-Digest-Alg": ALGORITHM,
        }

    return Channel(config.webhook_url, headers, RESEND_AFTER_S)


class Gate:
    """Every request to the API is signed, recent, and not one too many."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self._seen: dict[str, deque[float]] = {method: deque() for method in LIMITS}

    def check(self, request: Request) -> Response | None:
        """Return the refusal, or nothing."""
        if not self._is_signed(request):
            return refused(401, "Invalid signature")
        if self._is_too_many(request.method):
            return refused(429, "Too many requests")
        return None

    def _is_signed(self, request: Request) -> bool:
        ts = request.headers.get("X-App-Access-Ts", "")
        if request.headers.get("X-App-Token", "") != self.config.app_token or not ts.isdigit():
            return False
        if abs(time.time() - int(ts)) > SKEW_S:
            return False
        signed = ts + request.method.upper() + _target(request)
        digest = hmac.new(self.config.secret_key.encode(), signed.encode(), hashlib.sha256)
        digest.update(request.get_data(cache=True))
        return hmac.compare_digest(
            digest.hexdigest().encode(), request.headers.get("X-App-Access-Sig", "").encode()
        )

    def _is_too_many(self, method: str) -> bool:
        seen, now = self._seen.get(method), time.monotonic()
        if seen is None:
            return False
        while seen and now - seen[0] > WINDOW_S:
            seen.popleft()
        if len(seen) >= LIMITS[method]:
            return True
        seen.append(now)
        return False


def _target(request: Request) -> str:
    # Exactly what stood in the request line; what the framework decoded may read differently.
    raw: Any = request.environ.get("RAW_URI") or request.environ.get("REQUEST_URI")
    return str(raw) if raw else request.full_path.rstrip("?")
