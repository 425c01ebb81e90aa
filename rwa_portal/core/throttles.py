"""
Sliding windows that hold under concurrency.

- One Lua call looks at every window of a request and takes a place in all of them or in none. (DRF's own
  throttles read, then write: 16-23 of 60 parallel requests passed a limit of 10.)
- Redis's clock counts, and who asks is kept as a keyed hash.
- Without Redis what is limited is refused; what is not limited (reads) passes.
"""

import hashlib
import hmac
import math
import uuid
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.cache import cache
from redis.exceptions import RedisError
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from rwa_portal.conf.limits import LIMITS
from rwa_portal.core.addresses import client_address
from rwa_portal.core.errors import Unavailable

_TAKE = """
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local wait = 0
for i, key in ipairs(KEYS) do
    local window, limit = tonumber(ARGV[2 * i]), tonumber(ARGV[2 * i + 1])
    redis.call('ZREMRANGEBYSCORE', key, 0, now - window)
    if redis.call('ZCARD', key) >= limit then
        local oldest = redis.call('ZRANGE', key, 0, 0, 'WITHSCORES')
        wait = math.max(wait, oldest[2] + window - now)
    end
end
if wait > 0 then return wait end
for i, key in ipairs(KEYS) do
    redis.call('ZADD', key, now, ARGV[1])
    redis.call('PEXPIRE', key, ARGV[2 * i])
end
return 0
"""


class LimiterUnavailable(Unavailable):
    """The portal cannot count requests at the moment and refuses them; ask again soon."""


class TooManyRequests(Exception):
    """Asked too often; `retry_after_s` says when to ask again."""

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(f"Too many requests. Ask again in {retry_after_s} s.")
        self.retry_after_s = retry_after_s


@dataclass(frozen=True)
class Place:
    """A place taken in some windows; it can be given back when the request turned out to be harmless."""

    token: str
    keys: tuple[str, ...]


def take(**who: str) -> Place:
    """
    Take a place: take(login_account="…", login_address="…").

    :raises TooManyRequests: when one of the windows is full; none is touched then
    :raises LimiterUnavailable: without Redis
    """
    place = Place(uuid.uuid4().hex, tuple(_key(name, value) for name, value in who.items()))
    windows = [number for name in who for number in (LIMITS[name].window_s * 1000, LIMITS[name].count)]
    wait_ms = _redis("eval", _TAKE, len(place.keys), *place.keys, place.token, *windows)
    if wait_ms:
        raise TooManyRequests(math.ceil(wait_ms / 1000))
    return place


def give_back(place: Place) -> None:
    for key in place.keys:
        _redis("zrem", key, place.token)


class LimitThrottle(BaseThrottle):
    """DRF's side of one limit."""

    limit = "post"
    retry_after_s: int | None = None

    def allow_request(self, request: Request, view: Any) -> bool:
        who = self.who(request)
        if who is None:
            return True
        try:
            take(**{self.limit: who})
        except TooManyRequests as refused:
            self.retry_after_s = refused.retry_after_s
            return False
        return True

    def wait(self) -> int | None:
        return self.retry_after_s

    def who(self, request: Request) -> str | None:
        """None: not limited."""
        return str(request.user.pk) if request.user.is_authenticated else client_address(request)


class PostThrottle(LimitThrottle):
    """The default: what a principal writes is limited, reads are not. Webhooks have a limit of their own."""

    def who(self, request: Request) -> str | None:
        reads = request.method in ("GET", "HEAD", "OPTIONS")
        return None if reads or not request.user.is_authenticated else super().who(request)


class KycSessionThrottle(LimitThrottle):
    limit = "kyc_session"


class WebhookThrottle(LimitThrottle):
    limit = "webhook"

    def who(self, request: Request) -> str | None:
        return client_address(request)


def _key(name: str, value: str) -> str:
    who = hmac.new(settings.BLIND_INDEX_KEY.encode(), value.lower().encode(), hashlib.sha256)
    return f"limit:{name}:{who.hexdigest()[:32]}"


def _redis(command: str, *arguments: Any) -> Any:
    try:
        return getattr(cache._cache.get_client(write=True), command)(*arguments)  # type: ignore[attr-defined]
    except RedisError:
        raise LimiterUnavailable from None
