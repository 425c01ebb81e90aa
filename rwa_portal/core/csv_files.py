"""
CSV that people open in a spreadsheet.

- Rows are written as they come: a million of them take no more memory than one.
- Text that a spreadsheet would run as a formula is quoted by an apostrophe. Numbers are left alone.
- Moments are ISO 8601 in UTC; amounts are what the caller made of them.
"""

import csv
import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from decimal import Context, Decimal
from typing import Any

from django.http import StreamingHttpResponse

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
CHUNK = 500  # rows a write: a system call each would be the slowest part


_EXACT = Context(prec=120)  # the default of 28 digits rounds amounts near uint96


class _Echo:
    """What csv.writer takes for a file: it hands the line back."""

    def write(self, line: str) -> str:
        return line


def amount(units: int, decimals: int) -> Decimal:
    """Smallest units as whole tokens, without separators: a spreadsheet reads a number."""
    return Decimal(units).scaleb(-decimals, _EXACT)


def cell(value: Any) -> str:
    """Write one value as text that no spreadsheet runs."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, dict | list | tuple):
        value = json.dumps(value, default=str)
    text = str(value)
    return "'" + text if text.lstrip(" ").startswith(FORMULA_STARTS) else text


def lines(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """Write the header and every row, some hundred at a time."""
    writer = csv.writer(_Echo())
    kept: list[str] = [writer.writerow([cell(name) for name in header])]  # type: ignore[list-item]
    for row in rows:
        kept.append(writer.writerow([cell(value) for value in row]))  # type: ignore[arg-type]
        if len(kept) >= CHUNK:
            yield "".join(kept)
            kept.clear()
    yield "".join(kept)


def download(name: str, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> StreamingHttpResponse:
    """Send a CSV file of this name; the rows are read while they are sent."""
    answer = StreamingHttpResponse(lines(header, rows), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cache-Control"] = "no-store"
    return answer
