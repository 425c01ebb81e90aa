"""
Who holds an asset at a confirmed block, and what has changed since another one.

- Only confirmed blocks are told: what is later may still be taken back.
- A wallet's owner is named to readers of investors only; its type and country are on the public chain.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Min

from assets.models import Asset
from indexer import queries as indexer
from indexer.models import Block, HoldingChange
from investors.models import Wallet
from rwa_portal.core.csv_files import amount
from rwa_portal.core.errors import RuleBroken

MAX_BLOCK = 2**63 - 1
AT_ONCE = 1000  # owners looked up in one query
COLUMNS = ["wallet", "investor", "type", "country", "units", "share_percent", "block", "block_time"]
COMPARED = ["units_before", "change", "block_before"]


class BlockNotConfirmed(RuleBroken):
    """That block is not confirmed yet."""


class NothingConfirmed(RuleBroken):
    """The chain has not been read yet: there is no confirmed block to tell holdings at."""


@dataclass(frozen=True)
class Point:
    """A confirmed block; its time is unknown where the block was passed over, because it was empty."""

    number: int
    at: datetime | None


@dataclass(frozen=True)
class Row:
    """One holder. Units in the token's smallest unit; the share in basis points, rounded down."""

    wallet: str
    units: int
    bps: int
    before: int
    investor_id: UUID | None
    investor_type: str
    country: str

    @property
    def change(self) -> int:
        return self.units - self.before


@dataclass(frozen=True)
class CapTable:
    asset: Asset
    point: Point
    since: Point | None
    units: dict[str, int]
    before: dict[str, int]

    @property
    def total(self) -> int:
        return sum(self.units.values())

    @property
    def total_before(self) -> int:
        return sum(self.before.values())

    @property
    def wallets(self) -> list[str]:
        """The largest holding first; who has sold everything since comes last."""
        everybody = {*self.units, *(self.before if self.since else ())}
        return sorted(everybody, key=lambda wallet: (-self.units.get(wallet, 0), wallet))

    def rows(self, wallets: Sequence[str]) -> list[Row]:
        owners = {
            wallet.address: wallet.investor
            for wallet in Wallet.objects.filter(address__in=wallets).select_related("investor")
        }
        total = self.total or 1
        found = []
        for wallet in wallets:
            units, owner = self.units.get(wallet, 0), owners.get(wallet)
            row = Row(
                wallet=wallet,
                units=units,
                bps=units * 10_000 // total,
                before=self.before.get(wallet, 0),
                investor_id=owner.pk if owner else None,
                investor_type=owner.investor_type if owner else "",
                country=owner.jurisdiction_code if owner else "",
            )
            found.append(row)
        return found

    def csv_columns(self) -> list[str]:
        return [*COLUMNS, *(COMPARED if self.since else [])]

    def csv_rows(self, *, with_owners: bool) -> Iterator[list[Any]]:
        """Every holder; owners are looked up some hundred at a time while the file is being sent."""
        decimals = self.asset.decimals
        wallets = self.wallets
        for start in range(0, len(wallets), AT_ONCE):
            for row in self.rows(wallets[start : start + AT_ONCE]):
                line = [
                    row.wallet,
                    row.investor_id if with_owners else "",
                    row.investor_type,
                    row.country,
                    amount(row.units, decimals),
                    f"{row.bps // 100}.{row.bps % 100:02d}",
                    self.point.number,
                    self.point.at,
                ]
                if self.since:
                    before, change = amount(row.before, decimals), amount(row.change, decimals)
                    line += [before, change, self.since.number]
                yield line


def at(asset: Asset, point: Point, *, since: Point | None = None) -> CapTable:
    """Return the holders at the end of a confirmed block; with `since`, what they had at that one, too."""
    token = asset.token_address
    units = indexer.holdings_at(token, point.number) if token else {}
    before = indexer.holdings_at(token, since.number) if token and since else {}
    return CapTable(asset, point, since, units, before)


def confirmed() -> Point:
    """
    Return the newest block that counts.

    :raises NothingConfirmed:
    """
    position = indexer.position()
    if position.confirmed_number is None:
        raise NothingConfirmed
    return _point(position.confirmed_number)


def block(number: int, *, field: str = "block") -> Point:
    """
    Return a block that counts.

    :raises BlockNotConfirmed: naming the confirmed block
    :raises NothingConfirmed:
    """
    newest = confirmed()
    if number > newest.number:
        raise BlockNotConfirmed(
            f"Block {number:,} is not confirmed yet: the confirmed block is {_named(newest)}.", field=field
        )
    return _point(number)


def block_at(moment: datetime, *, field: str = "at") -> Point:
    """
    Return the last block that had been made by a moment; block 0 for a moment before the chain.

    :raises BlockNotConfirmed: for a moment after the confirmed block
    :raises NothingConfirmed:
    """
    newest = confirmed()
    if newest.at is not None and moment > newest.at:
        raise BlockNotConfirmed(
            f"{moment:%d %b %Y %H:%M} UTC is later than the confirmed block, {_named(newest)}.", field=field
        )
    made = Block.objects.filter(
        chain_id=settings.CHAIN.chain_id, is_canonical=True, number__lte=newest.number, at__lte=moment
    )
    last = made.order_by("-number").first()
    return Point(last.number, last.at) if last else Point(0, None)


def first_issue(asset: Asset) -> int | None:
    """Return the block in which the first units were issued; None before there are any."""
    moved = HoldingChange.objects.filter(chain_id=settings.CHAIN.chain_id, token=asset.token_address)
    return moved.aggregate(first=Min("block_number"))["first"] if asset.token_address else None


def _point(number: int) -> Point:
    stored = Block.objects.filter(chain_id=settings.CHAIN.chain_id, is_canonical=True, number=number).first()
    return Point(number, stored.at if stored else None)


def _named(point: Point) -> str:
    return f"{point.number:,}" + (f" of {point.at.astimezone(UTC):%d %b %Y %H:%M} UTC" if point.at else "")
