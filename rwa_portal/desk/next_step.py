"""What an investor should do next, the most pressing first, or what they are waiting for."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from corporate_actions.models import Redemption
from corporate_actions.queries_dividends import Position
from investors.progress import Progress
from rwa_portal.core.chain_values import format_units
from rwa_portal.core.templatetags.portal import usdc, usdc_short
from subscriptions.models import AWAITING_PAYMENT, Status, Subscription


@dataclass(frozen=True)
class NextStep:
    title: str
    text: str
    label: str = ""
    url: str = ""
    until: datetime | None = None


@dataclass(frozen=True)
class Open:
    """What may ask an investor for something."""

    progress: Progress
    orders: Sequence[Subscription] = ()
    positions: Sequence[Position] = ()
    redemptions: Sequence[Redemption] = ()


def of(what: Open, *, now: datetime) -> NextStep:
    """Return the first thing to do; with nothing to do, what is under way."""
    return next(iter(todo(what, now=now)), None) or _wait(what.orders) or _invest()


def todo(what: Open, *, now: datetime) -> list[NextStep]:
    """Return all there is to do: becoming an investor first, then what has the nearest deadline."""
    identity = [] if _is_ready(what.progress) else [_identify(what.progress)]
    dated = [*_pay(what.orders, now), *_send(what.redemptions, now), *_claim(what.positions, now)]
    return identity + sorted(dated, key=lambda step: (step.until is None, step.until or now))


def _is_ready(progress: Progress) -> bool:
    return all(step.state == "done" for step in progress.steps)


def _identify(progress: Progress) -> NextStep:
    asked = progress.next
    return NextStep(asked.title, asked.text, asked.button, reverse(asked.page) if asked.page else "")


def _pay(orders: Sequence[Subscription], now: datetime) -> Iterator[NextStep]:
    for order in orders:
        if order.status in AWAITING_PAYMENT and order.pay_by > now:
            yield NextStep(
                f"Pay {usdc(order.payment_due)}",
                f"{order.asset.name}: before {order.pay_by:%a %d %b %H:%M} UTC.",
                "Pay",
                reverse("orders:pay", args=[order.pk]),
                order.pay_by,
            )


def _claim(positions: Sequence[Position], now: datetime) -> Iterator[NextStep]:
    for position in positions:
        if position.can_claim:
            distribution = position.distribution
            late = "It has expired, and is yours until it is swept." if distribution.expires_at < now else ""
            yield NextStep(
                f"Claim {usdc_short(position.row.claimable)}",
                f"Dividend of {distribution.asset.name}: "
                + (late or f"before {distribution.expires_at:%a %d %b %Y %H:%M} UTC."),
                "Claim",
                reverse("corporate_actions:claim_dividend", args=[distribution.pk]),
                distribution.expires_at,
            )


def _send(redemptions: Sequence[Redemption], now: datetime) -> Iterator[NextStep]:
    for redemption in redemptions:
        is_open = redemption.settlement_status == Redemption.Status.REQUESTED
        if is_open and redemption.lock_by is not None and redemption.lock_by > now:
            asset = redemption.asset
            yield NextStep(
                f"Send your redemption of {format_units(redemption.amount, asset.decimals)} {asset.symbol}",
                f"Your wallet locks the units: before {redemption.lock_by:%a %d %b %H:%M} UTC.",
                "Send",
                reverse("corporate_actions:redemption", args=[redemption.pk]),
                redemption.lock_by,
            )


def _wait(orders: Sequence[Subscription]) -> NextStep | None:
    under_way = next((order for order in orders if order.status in (Status.PAID, Status.APPROVED)), None)
    if under_way is None:
        return None
    page = reverse("orders:order", args=[under_way.pk])
    return NextStep("Your order is under way", "There is nothing to do for you now.", "See it", page)


def _invest() -> NextStep:
    return NextStep("You can invest", "Your wallet may hold units.", "Offerings", reverse("orders:offerings"))
