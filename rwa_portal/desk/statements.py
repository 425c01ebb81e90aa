"""
What happened to an investor's holdings in a period, from the books of the confirmed chain.

- The opening is the end of the last block before the period, the closing that of its last confirmed block.
- Opening and movements make the closing: each Transfer of the wallets is one line, its units signed.
- Orders, dividends and redemptions are told if anything of them fell into the period.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.conf import settings
from django.db.models import Q

from assets.models import Asset
from corporate_actions.models import ClaimState, DividendClaim, Redemption
from indexer.models import EventLog, HoldingChange
from indexer.queries import holdings_at
from investors import personal
from investors.models import Investor
from rwa_portal.core.chain_values import ZERO_ADDRESS
from rwa_portal.core.errors import RuleBroken
from rwa_portal.desk import cap_table
from rwa_portal.desk.cap_table import Point
from subscriptions.models import Subscription

SECTIONS = {
    "OPENING": "Opening holdings",
    "MOVEMENT": "Movements",
    "CLOSING": "Closing holdings",
    "ORDER": "Orders",
    "DIVIDEND": "Dividends received",
    "REDEMPTION": "Redemptions",
}


SETTLED_BY = {"USDC": "in USDC", "OFF_CHAIN": "outside the chain", "FINAL": "final redemption"}


class PeriodEndsBeforeItBegins(RuleBroken):
    """The last day is before the first."""


class PeriodInFuture(RuleBroken):
    """A statement tells what has happened: its days must not be in the future."""


@dataclass(frozen=True)
class Line:
    """One line of a statement. Units signed, in the token's smallest unit; money in micro-USDC."""

    section: str
    asset: Asset
    what: str
    at: datetime | None = None
    wallet: str = ""
    units: int | None = None
    usdc: int | None = None
    status: str = ""
    block: int | None = None
    tx_hash: str = ""


@dataclass(frozen=True)
class Statement:
    investor: Investor
    name: str
    begins: date
    ends: date
    opening: Point
    closing: Point
    lines: list[Line]
    made_at: datetime
    is_cut: bool  # the chain was not confirmed up to the period's end

    @property
    def sections(self) -> list[tuple[str, str, list[Line]]]:
        return [
            (name, title, [line for line in self.lines if line.section == name])
            for name, title in SECTIONS.items()
        ]


def of(investor: Investor, *, begins: date, ends: date, at: datetime) -> Statement:
    """
    Return a person's statement of the days from `begins` to `ends`, both included, in UTC.

    :raises PeriodEndsBeforeItBegins:
    :raises PeriodInFuture:
    :raises NothingConfirmed: before the chain has been read
    """
    if ends < begins:
        raise PeriodEndsBeforeItBegins(field="ends")
    if ends > at.astimezone(UTC).date():
        raise PeriodInFuture(field="ends")
    newest = cap_table.confirmed()
    opening = _last_before(_start_of(begins), newest)
    closing = _last_before(_end_of(ends), newest)
    details = personal.unseal(investor)
    return Statement(
        investor=investor,
        name=f"{details.given_names} {details.family_names}",
        begins=begins,
        ends=ends,
        opening=opening,
        closing=closing,
        lines=list(_lines(investor, begins, ends, opening, closing)),
        made_at=at,
        is_cut=newest.at is not None and newest.at < _end_of(ends),
    )


def _lines(investor: Investor, begins: date, ends: date, opening: Point, closing: Point) -> Iterator[Line]:
    wallets = list(investor.wallets.order_by("proven_at", "id").values_list("address", flat=True))
    moved = HoldingChange.objects.filter(chain_id=settings.CHAIN.chain_id, wallet__in=wallets)
    assets = list(Asset.objects.filter(token_address__in=moved.values("token")).order_by("name", "id"))
    yield from _holdings("OPENING", assets, wallets, opening)
    yield from _movements({str(a.token_address): a for a in assets}, wallets, opening, closing)
    yield from _holdings("CLOSING", assets, wallets, closing)
    yield from _orders(investor, _start_of(begins), _end_of(ends))
    yield from _dividends(wallets, _start_of(begins), _end_of(ends))
    yield from _redemptions(investor, _start_of(begins), _end_of(ends))


def _holdings(section: str, assets: list[Asset], wallets: list[str], point: Point) -> Iterator[Line]:
    for asset in assets:
        held = holdings_at(str(asset.token_address), point.number, wallets=wallets)
        for wallet in wallets:
            if held.get(wallet):
                line = Line(section, asset, "Held", point.at, wallet, held[wallet], block=point.number)
                yield line


def _movements(
    assets: dict[str, Asset], wallets: list[str], opening: Point, closing: Point
) -> Iterator[Line]:
    logs = EventLog.objects.canonical().naming(*wallets) if wallets else EventLog.objects.none()
    transfers = logs.filter(
        chain_id=settings.CHAIN.chain_id,
        abi="AssetToken",
        event_name="Transfer",
        address__in=list(assets),
        block_number__gt=opening.number,
        block_number__lte=closing.number,
    )
    for log in transfers.select_related("block").order_by("block_number", "log_index"):
        payload = log.decoded_payload or {}
        sides = ((payload["from"], payload["to"], -1), (payload["to"], payload["from"], 1))
        for wallet, other, sign in sides:
            if wallet in wallets:
                yield Line(
                    "MOVEMENT",
                    assets[log.address],
                    _movement(other, sign, other in wallets),
                    log.block.at,
                    wallet,
                    sign * int(payload["value"]),
                    block=log.block_number,
                    tx_hash=log.tx_hash,
                )


def _movement(other: str, sign: int, is_own: bool) -> str:
    if other == ZERO_ADDRESS:
        return "Issued" if sign > 0 else "Burned"
    whose = "my own wallet" if is_own else other
    return f"Received from {whose}" if sign > 0 else f"Sent to {whose}"


def _orders(investor: Investor, start: datetime, end: datetime) -> Iterator[Line]:
    told = _any_in(start, end, "created_at", "paid_at", "minted_at", "refunded_at")
    for order in (
        Subscription.objects.filter(told, investor=investor)
        .select_related("asset", "wallet")
        .order_by("created_at", "id")
    ):
        yield Line(
            "ORDER",
            order.asset,
            f"Ordered {order.created_at.astimezone(UTC):%d %b %Y}",
            order.minted_at or order.refunded_at or order.paid_at or order.created_at,
            order.wallet.address,
            order.amount_requested,
            order.payment_due,
            order.status,
            tx_hash=order.mint_tx_hash or order.refund_tx_hash or order.payment_tx_hash or "",
        )


def _dividends(wallets: list[str], start: datetime, end: datetime) -> Iterator[Line]:
    paid = DividendClaim.objects.filter(state=ClaimState.PAID, wallet__in=wallets, said_at__gte=start)
    rows = paid.filter(said_at__lt=end).select_related("distribution__asset").order_by("said_at", "id")
    for claim in rows:
        distribution = claim.distribution
        yield Line(
            "DIVIDEND",
            distribution.asset,
            f"Dividend payable {distribution.distribution_date:%d %b %Y}",
            claim.said_at,
            claim.wallet,
            usdc=claim.amount,
            status=claim.state,
            block=claim.block_number,
            tx_hash=claim.tx_hash,
        )


def _redemptions(investor: Investor, start: datetime, end: datetime) -> Iterator[Line]:
    told = _any_in(start, end, "created_at", "locked_at", "settled_at", "cancelled_at")
    rows = Redemption.objects.filter(told, investor=investor).select_related("asset", "wallet")
    for row in rows.order_by("created_at", "id"):
        yield Line(
            "REDEMPTION",
            row.asset,
            f"Asked {row.created_at.astimezone(UTC):%d %b %Y}, {SETTLED_BY[row.method]}",
            row.settled_at or row.cancelled_at or row.locked_at or row.created_at,
            row.wallet.address,
            row.amount,
            row.payment,
            row.settlement_status,
            tx_hash=row.burn_tx_hash or row.cancel_tx_hash or row.lock_tx_hash or "",
        )


def _any_in(start: datetime, end: datetime, *columns: str) -> Q:
    found = Q()
    for column in columns:
        found |= Q(**{f"{column}__gte": start, f"{column}__lt": end})
    return found


def _last_before(moment: datetime, newest: Point) -> Point:
    """The last confirmed block made before a moment; the newest where that has not come yet."""
    if newest.at is not None and newest.at < moment:
        return newest
    return cap_table.block_at(moment - timedelta(microseconds=1))


def _start_of(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=UTC)


def _end_of(day: date) -> datetime:
    return _start_of(day) + timedelta(days=1)
