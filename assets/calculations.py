"""Pure functions on numbers and texts. Nothing here reads a row."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any


def canonical(document: Mapping[str, Any]) -> str:
    """
    Write JSON so that equal content has equal bytes: sorted keys, no spaces, UTF-8.

    :raises TypeError: for a number; whoever hashes it elsewhere must not have to agree on how numbers look
    """
    _refuse_numbers(document)
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def sha256(text: str) -> str:
    return "0x" + hashlib.sha256(text.encode()).hexdigest()


def price_rounded_up(token_units: int, unit_price: int, decimals: int) -> int:
    """Micro-USDC for so many of the smallest units, rounded up as the escrow does."""
    return -(-token_units * unit_price // 10**decimals)


def _refuse_numbers(value: Any) -> None:
    if isinstance(value, Mapping):
        for inner in value.values():
            _refuse_numbers(inner)
    elif isinstance(value, list):
        for inner in value:
            _refuse_numbers(inner)
    elif not isinstance(value, str | None):
        raise TypeError(f"{value!r} is neither a text nor empty")
