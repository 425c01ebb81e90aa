"""An investor's statement as one flat table."""

from collections.abc import Iterator
from typing import Any

from rwa_portal.core.csv_files import amount
from rwa_portal.desk.statements import Statement

USDC_DECIMALS = 6
COLUMNS = [
    "section",
    "time_utc",
    "asset",
    "symbol",
    "wallet",
    "what",
    "units",
    "usdc",
    "status",
    "block",
    "transaction",
]


def rows(statement: Statement) -> Iterator[list[Any]]:
    """The period first, then every line."""
    about = f"{statement.begins} to {statement.ends}, as of confirmed block {statement.closing.number}"
    yield ["STATEMENT", statement.made_at, "", "", "", about, "", "", "", statement.closing.number, ""]
    for line in statement.lines:
        yield [
            line.section,
            line.at,
            line.asset.name,
            line.asset.symbol,
            line.wallet,
            line.what,
            None if line.units is None else amount(line.units, line.asset.decimals),
            None if line.usdc is None else amount(line.usdc, USDC_DECIMALS),
            line.status,
            line.block,
            line.tx_hash,
        ]
