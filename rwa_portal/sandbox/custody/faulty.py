import time
from collections.abc import Callable
from typing import Any

from flask import Response, make_response

from rwa_portal.sandbox.custody.book import ANSWERS, Book, ExternalIdTaken
from rwa_portal.sandbox.store import Row


def answered(
    book: Book,
    vendor: str,
    external_id: str | None,
    *,
    hang_s: float,
    refused: Callable[[int, str], Any],
    create: Callable[[], Row],
    shown: Callable[[Row], Any],
) -> Any:
    """
    Answer a request for a transaction, or go wrong as ordered.

    :raises ExternalIdTaken:
    """
    fault = book.take(vendor, ANSWERS)
    if fault == "refuse":
        return refused(400, "The request was refused by order of the sandbox")
    if fault == "duplicate_id" and external_id:
        book.burn(vendor, external_id)
        return refused(500, "Internal error")
    row = create()
    if fault == "error_after_accept":
        return refused(500, "Internal error")
    if fault == "timeout_after_accept":
        time.sleep(hang_s)
    return shown(row)


def as_response(answer: Any, status: int) -> Response:
    made = make_response(answer)
    made.status_code = status
    return made


__all__ = ["ExternalIdTaken", "answered", "as_response"]
