"""
One request to a custodian over HTTP: the bytes that are signed are the bytes that are sent.

- Whatever is not a clear answer is AnswerUnknown: silence, 5xx, a redirect, HTML, half a body, an answer
  without its fields. Wrong credentials too: they say nothing of the request.
- Only a well-formed 4xx is a no.
- What a vendor says is shown without our secrets, should it repeat them.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx
from django.conf import settings

from contracts.custody import AnswerUnknown, Refused
from rwa_portal.core.actions import refuse_transaction

LIMIT_BYTES = 4 * 1024 * 1024
SECRETS = (
    "FIREBLOCKS_API_KEY",
    "FIREBLOCKS_PRIVATE_KEY",
    "ANCHORAGE_ACCESS_KEY",
    "ANCHORAGE_SIGNING_KEY",
    "PRIME_ACCESS_KEY",
    "PRIME_PASSPHRASE",
    "PRIME_SIGNING_KEY",
)

Sign = Callable[[httpx.Request], None]
Said = Mapping[str, Any]


class KeyUnusable(AnswerUnknown):
    """A key in the settings does not parse, so nothing can be asked."""


class VendorRefused(Refused):
    """A well-formed no."""

    def __init__(self, message: str, *, status: int, code: int) -> None:
        super().__init__(message)
        self.status, self.code = status, code


@dataclass(frozen=True)
class Line:
    """The way to one custodian."""

    vendor: str
    base_url: str
    sign: Sign
    transport: httpx.BaseTransport | None = None

    def get(self, target: str) -> Said:
        return self._ask("GET", target, None)

    def post(self, target: str, asked: Said) -> Said:
        return self._ask("POST", target, asked)

    def _ask(self, method: str, target: str, asked: Said | None) -> Said:
        """
        :raises AnswerUnknown: no clear answer
        :raises VendorRefused: a clear no
        """
        refuse_transaction()
        content = b"" if asked is None else json.dumps(asked, separators=(",", ":")).encode()
        if not self.base_url.startswith("https://") and not settings.CHAIN.is_dev:
            raise AnswerUnknown(f"{self.vendor}'s address is not https")
        with httpx.Client(
            base_url=self.base_url,
            timeout=httpx.Timeout(settings.CUSTODY_TIMEOUT_S, connect=5),
            transport=self.transport,
            trust_env=False,
        ) as client:
            request = client.build_request(method, target, content=content)
            if content:
                request.headers["Content-Type"] = "application/json"
            self.sign(request)
            try:
                answer = client.send(request, stream=True)
                body = _read(answer)
            except httpx.HTTPError as error:
                raise AnswerUnknown(f"{self.vendor}: {type(error).__name__}") from None
        return self._judged(answer, body)

    def _judged(self, answer: httpx.Response, body: bytes | None) -> Said:
        status = answer.status_code
        if status in (401, 403):
            raise AnswerUnknown(f"{self.vendor} does not accept our credentials (HTTP {status})")
        if status in (408, 429) or status >= 500:
            raise AnswerUnknown(f"{self.vendor} answered HTTP {status}")
        said = _parsed(body)
        if said is None or not (200 <= status < 300 or 400 <= status < 500):
            kind = answer.headers.get("content-type", "no type").partition(";")[0][:40]
            raise AnswerUnknown(f"{self.vendor} answered HTTP {status} with {kind}: no answer of its API")
        if status >= 400:
            code = said.get("code")
            reason = without_secrets(str(said.get("message") or "no reason given"))
            raise VendorRefused(
                f"{self.vendor}: {reason}", status=status, code=code if isinstance(code, int) else 0
            )
        return said


def text(said: Any, name: str, *, vendor: str) -> str:
    """
    Return a field that the answer must have.

    :raises AnswerUnknown: it has not, so what it answers is not what was asked
    """
    value = said.get(name) if isinstance(said, Mapping) else None
    if not isinstance(value, str) or not value:
        raise AnswerUnknown(f"{vendor}'s answer lacks {name}")
    return value


def tx_hash(value: Any, *, vendor: str) -> str | None:
    """
    Return a transaction hash, None when there is none yet.

    :raises AnswerUnknown: it is malformed
    """
    if value in (None, ""):
        return None
    said = str(value).lower()
    said = said if said.startswith("0x") else f"0x{said}"
    if len(said) != 66 or not set(said[2:]) <= set("0123456789abcdef"):
        raise AnswerUnknown(f"{vendor} names a malformed transaction hash")
    return said


def without_secrets(message: str) -> str:
    for name in SECRETS:
        secret = getattr(settings, name)
        if secret:
            message = message.replace(secret, "[secret]")
    return message[:200]


def _read(answer: httpx.Response) -> bytes | None:
    """Read a body up to the limit; None: it goes on."""
    parts, size = [], 0
    for part in answer.iter_bytes():
        size += len(part)
        if size > LIMIT_BYTES:
            answer.close()
            return None
        parts.append(part)
    answer.close()
    return b"".join(parts)


def _parsed(body: bytes | None) -> Said | None:
    try:
        said = json.loads(body or b"")
    except ValueError:
        return None
    return said if isinstance(said, dict) else None
