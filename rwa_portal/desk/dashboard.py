"""The admin's first page: what waits for me, not charts."""

from typing import Any

from django.utils import timezone

from rwa_portal.core.signed_in import SignedIn
from rwa_portal.desk import work


def context(request: SignedIn, context: dict[str, Any]) -> dict[str, Any]:
    now = timezone.now()
    tiles = work.tiles(request.user, at=now)
    return {
        **context,
        "title": "Work",
        "waiting": [tile for tile in tiles if tile.count],
        "quiet": [tile for tile in tiles if not tile.count],
        "reading": work.reading(request.user, at=now),
        "health": work.health(at=now),
        "now": now,
    }
