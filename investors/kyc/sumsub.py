"""
Sumsub, spoken exactly.

- A request is signed over the bytes that are sent: seconds, METHOD, path with query, body; nothing between.
- A notice is signed over its raw body with the webhook's own secret. Its algorithm header is not signed, so
  only SHA-256 and SHA-512 count; several secrets at once let one be replaced without a gap.
- A notice carries no signed time: replays are found by the body's hash, order by `createdAtMs`.
"""

import hashlib
import hmac
import json
import re
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import httpx
from django.conf import settings

from investors.kyc import (
    Notice,
    NoticeUnreadable,
    ProviderRefused,
    ProviderUnavailable,
    Reading,
    SignatureWrong,
)
from investors.models import Verdict
from rwa_portal.core.actions import refuse_transaction

ALGORITHMS = {"HMAC_SHA256_HEX": hashlib.sha256, "HMAC_SHA512_HEX": hashlib.sha512}
LINK_TTL_S = 1800
GONE = "deleted"

READ_AGAIN = frozenset(
    {
        "applicantCreated",
        "applicantPending",
        "applicantPrechecked",
        "applicantOnHold",
        "applicantAwaitingUser",
        "applicantAwaitingService",
        "applicantReviewed",
        "applicantWorkflowCompleted",
        "applicantPersonalInfoChanged",
        "applicantReset",
        "applicantLevelChanged",
    }
)
CLOSES = frozenset({"applicantDeactivated", "applicantDeleted", "applicantPersonalDataDeleted"})
OPENS = frozenset({"applicantActivated"})


class Sumsub:
    name = "sumsub"

    def __init__(self, transport: httpx.BaseTransport | None = None) -> None:
        self._transport = transport

    def required_level(self) -> str:
        return settings.SUMSUB_LEVEL_NAME

    def open_applicant(self, *, external_id: str, level: str) -> str:
        query = httpx.QueryParams(levelName=level)
        answer = self._send("POST", f"/resources/applicants?{query}", {"externalUserId": external_id})
        if answer.status_code == 409:  # asked before, or twice at once: the only idempotency there is
            answer = self._send("GET", f"/resources/applicants/-;externalUserId={external_id}/one")
        return _answered(answer, "id")

    def hosted_link(self, *, external_id: str, level: str, return_url: str) -> str:
        asked = {
            "levelName": level,
            "userId": external_id,
            "redirect": {"successUrl": return_url, "rejectUrl": return_url},
            "ttlInSecs": LINK_TTL_S,
        }
        return _text(
            _accepted(self._send("POST", "/resources/sdkIntegrations/levels/-/websdkLink", asked)), "url"
        )

    def read(self, *, applicant_id: str) -> Reading:
        answer = self._send("GET", f"/resources/applicants/{applicant_id}/status")
        if answer.status_code == 404:
            return Reading(status=GONE, verdict=Verdict.NONE, level="", reviewed_at=None)
        return _reading(_accepted(answer))

    def verify(self, *, body: bytes, headers: Mapping[str, str]) -> None:
        algorithm = ALGORITHMS.get(headers.get("X-Payload-Digest-Alg", ""))
        claimed = headers.get("X-Payload-Digest", "").encode()
        if algorithm is None or not claimed:
            raise SignatureWrong
        digests = [
            hmac.new(secret.encode(), body, algorithm).hexdigest().encode()
            for secret in settings.SUMSUB_WEBHOOK_SECRETS
        ]
        # All are compared, so that the time this takes does not tell which secret fits.
        if sum(hmac.compare_digest(digest, claimed) for digest in digests) == 0:
            raise SignatureWrong

    def parse(self, *, body: bytes) -> Notice:
        try:
            said = json.loads(body)
            kind = _text(said, "type")
            applicant_id = _text(said, "applicantId")
            if not re.fullmatch(r"[0-9A-Za-z_-]{1,64}", applicant_id):
                raise NoticeUnreadable  # it becomes a part of the path when we ask back
            result = said.get("reviewResult") or {}
            return Notice(
                applicant_id=applicant_id,
                external_id=str(said.get("externalUserId") or ""),
                event_type=kind[:64],
                vendor_at=_moment(said),
                verdict=verdict_of(str(said.get("reviewStatus", "")), result),
                reads=kind in READ_AGAIN | CLOSES | OPENS,
                closes=kind in CLOSES,
                opens=kind in OPENS,
                is_sandbox=said.get("sandboxMode") is True,
                is_test=said.get("testMode") is True,
            )
        except (ValueError, KeyError, TypeError, AttributeError):
            raise NoticeUnreadable from None

    def _send(self, method: str, target: str, asked: Mapping[str, Any] | None = None) -> httpx.Response:
        refuse_transaction()
        content = b"" if asked is None else json.dumps(asked, separators=(",", ":")).encode()
        with httpx.Client(
            base_url=settings.SUMSUB_BASE_URL,
            timeout=httpx.Timeout(10, connect=5),
            transport=self._transport,
            trust_env=False,
        ) as client:
            request = client.build_request(method, target, content=content)
            if content:
                request.headers["Content-Type"] = "application/json"
            sign(request, ts=int(time.time()))
            try:
                answer = client.send(request)
            except httpx.HTTPError:
                raise ProviderUnavailable from None
        if answer.status_code == 429 or answer.status_code >= 500:
            raise ProviderUnavailable
        return answer


def sign(request: httpx.Request, *, ts: int) -> None:
    """Add the three headers to a request whose bytes are final."""
    signed = str(ts).encode() + request.method.upper().encode() + request.url.raw_path + request.content
    digest = hmac.new(settings.SUMSUB_SECRET_KEY.encode(), signed, hashlib.sha256).hexdigest()
    request.headers["X-App-Token"] = settings.SUMSUB_APP_TOKEN
    request.headers["X-App-Access-Ts"] = str(ts)
    request.headers["X-App-Access-Sig"] = digest


def verdict_of(status: str, result: Mapping[str, Any]) -> Verdict:
    """Turn Sumsub's words into one verdict; what is not said clearly never lets anybody in."""
    if status != "completed":
        return Verdict.NONE
    answer, kind = result.get("reviewAnswer"), result.get("reviewRejectType")
    if answer == "GREEN":
        return Verdict.GREEN
    if answer == "RED":
        return {"FINAL": Verdict.FINAL, "RETRY": Verdict.RETRY}.get(kind or "", Verdict.UNCLEAR)
    return Verdict.UNCLEAR


def _reading(said: Mapping[str, Any]) -> Reading:
    # This answer is flat; /one nests the same words under "review".
    result = said.get("reviewResult") or {}
    status = str(said.get("reviewStatus") or "")
    return Reading(
        status=status[:32],
        verdict=verdict_of(status, result),
        level=str(said.get("levelName") or ""),
        reviewed_at=_vendor_time(said.get("reviewDate")),
        labels=tuple(str(label)[:64] for label in result.get("rejectLabels") or ())[:32],
        public_comment=str(result.get("moderationComment") or ""),
        internal_comment=str(result.get("clientComment") or ""),
    )


def _accepted(answer: httpx.Response) -> dict[str, Any]:
    if answer.status_code not in (200, 201):
        # The code alone: the text may repeat what we sent.
        raise ProviderRefused(f"The identity provider refuses the request (HTTP {answer.status_code}).")
    try:
        said = answer.json()
    except ValueError:
        raise ProviderUnavailable from None
    if not isinstance(said, dict):
        raise ProviderUnavailable
    return said


def _answered(answer: httpx.Response, name: str) -> str:
    value = _accepted(answer).get(name)
    if not isinstance(value, str) or not value:
        raise ProviderRefused(f"The identity provider's answer lacks {name}.")
    return value


def _text(said: Mapping[str, Any], name: str) -> str:
    value = said[name]
    if not isinstance(value, str) or not value:
        raise NoticeUnreadable
    return value


def _moment(said: Mapping[str, Any]) -> datetime:
    # Not an epoch, whatever the name says: "2025-03-05 04:41:48.704", UTC.
    at = _vendor_time(said.get("createdAtMs")) or _vendor_time(said.get("createdAt"))
    if at is None:
        raise NoticeUnreadable
    return at


def _vendor_time(text: Any) -> datetime | None:
    for pattern in ("%Y-%m-%d %H:%M:%S.%f", "%Y-%m-%d %H:%M:%S%z", "%Y-%m-%d %H:%M:%S"):
        try:
            at = datetime.strptime(text, pattern)
        except (TypeError, ValueError):
            continue
        return at if at.tzinfo else at.replace(tzinfo=UTC)
    return None
