"""
/healthz says the process answers; /readyz that everything a person needs answers too.

A read of the portal works without the broker, so /readyz names what is down and does not hide the rest.
"""

from collections.abc import Callable

import httpx
from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe
from redis.exceptions import RedisError

TIMEOUT_S = 2.0


@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"ok": True})


@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    found = {name: check() for name, check in CHECKS.items()}
    ok = all(state == "ok" for state in found.values())
    return JsonResponse({"ok": ok, "checks": found}, status=200 if ok else 503)


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return "does not answer"
    return "ok"


def _migrations() -> str:
    try:
        executor = MigrationExecutor(connection)
        waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        return "unknown"
    return f"{len(waiting)} not applied" if waiting else "ok"


def _redis() -> str:
    try:
        cache._cache.get_client(write=True).ping()  # type: ignore[attr-defined]
    except RedisError:
        return "does not answer"
    return "ok"


def _rpc() -> str:
    for url in settings.CHAIN.rpc_urls:
        ask = {"jsonrpc": "2.0", "id": 1, "method": "eth_chainId", "params": []}
        try:
            answer = httpx.post(url, json=ask, timeout=TIMEOUT_S).json()
            if int(answer["result"], 16) == settings.CHAIN.chain_id:
                return "ok"
        except (httpx.HTTPError, ValueError, KeyError, TypeError):
            continue
    return "no node of the right chain answers"


CHECKS: dict[str, Callable[[], str]] = {
    "database": _database,
    "migrations": _migrations,
    "redis": _redis,
    "rpc": _rpc,
}
