"""The one thing an investor should do next, or what they are waiting for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from investors.progress import Progress
from rwa_portal.core.templatetags.portal import usdc
from subscriptions.models import AWAITING_PAYMENT, Status, Subscription


@dataclass(frozen=True)
class NextStep:
    title: str
    text: str
    label: str = ""
    url: str = ""


def of(progress: Progress, orders: Sequence[Subscription], *, now: datetime) -> NextStep:
    """Return the first open thing: becoming an investor, then what is to be paid, then what is under way."""
    if any(step.state != "done" for step in progress.steps):
        asked = progress.next
        return NextStep(asked.title, asked.text, asked.button, reverse(asked.page) if asked.page else "")
    unpaid = [order for order in orders if order.status in AWAITING_PAYMENT and order.pay_by > now]
    return _pay(unpaid) or _wait(orders) or _invest()


def _pay(unpaid: Sequence[Subscription]) -> NextStep | None:
    if not unpaid:
        return None
    order = min(unpaid, key=lambda order: order.pay_by)
    text = f"{order.asset.name}: before {order.pay_by:%a %d %b %H:%M} UTC."
    return NextStep(f"Pay {usdc(order.payment_due)}", text, "Pay", reverse("orders:pay", args=[order.pk]))


def _wait(orders: Sequence[Subscription]) -> NextStep | None:
    under_way = next((order for order in orders if order.status in (Status.PAID, Status.APPROVED)), None)
    if under_way is None:
        return None
    page = reverse("orders:order", args=[under_way.pk])
    return NextStep("Your order is under way", "There is nothing to do for you now.", "See it", page)


def _invest() -> NextStep:
    return NextStep("You can invest", "Your wallet may hold units.", "Offerings", reverse("orders:offerings"))
