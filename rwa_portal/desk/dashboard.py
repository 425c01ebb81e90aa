"""The admin's first page: what waits for me, not charts."""

from typing import Any

from django.utils import timezone

from indexer import queries as indexer
from rwa_portal.core.signed_in import SignedIn
from rwa_portal.desk import work


def context(request: SignedIn, context: dict[str, Any]) -> dict[str, Any]:
    tiles = work.tiles(request.user, at=timezone.now())
    return {
        **context,
        "tiles": tiles,
        "nothing_waits": not any(tile.count for tile in tiles),
        "position": indexer.position(),
        "sending_halted": indexer.sending_halted(),
    }
