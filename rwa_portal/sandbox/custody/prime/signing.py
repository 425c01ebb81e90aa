import base64
import hashlib
import hmac
import time

from flask import Request, Response, jsonify

from rwa_portal.sandbox.config import Custody

SKEW_S = 30


def refused(status: int, message: str) -> Response:
    answer = jsonify({"message": message})
    answer.status_code = status
    return answer


class Gate:
    """HMAC by the key as it is written, over time, method, path without its query, and body."""

    def __init__(self, config: Custody) -> None:
        self.config = config

    def check(self, request: Request) -> Response | None:
        """Return the refusal, or nothing."""
        given = request.headers
        ts = given.get("X-CB-ACCESS-TIMESTAMP", "")
        known = (given.get("X-CB-ACCESS-KEY"), given.get("X-CB-ACCESS-PASSPHRASE"))
        if known != (self.config.prime_access_key, self.config.prime_passphrase):
            return refused(401, "invalid api key")
        if not ts.isdigit() or abs(time.time() - int(ts)) > SKEW_S:
            return refused(401, "invalid timestamp")
        signed = f"{ts}{request.method}{request.path}".encode() + request.get_data(cache=True)
        mac = hmac.new(self.config.prime_signing_key.encode(), signed, hashlib.sha256).digest()
        claimed = given.get("X-CB-ACCESS-SIGNATURE", "")
        if not hmac.compare_digest(base64.b64encode(mac), claimed.encode()):
            return refused(401, "invalid signature")
        return None
