"""Where an order stands, in its investor's words: four steps, and a ribbon off the path."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from contracts.models import ChainOperation, State
from contracts.words import BEING_SENT, confirmations
from indexer.queries import Seen
from rwa_portal.core.chain_values import format_units
from subscriptions import queries
from subscriptions.models import AWAITING_PAYMENT, Status, Subscription


@dataclass(frozen=True)
class Step:
    name: str
    state: str  # done, now, failed or empty
    note: str = ""
    at: datetime | None = None
    tx_hash: str | None = None


@dataclass(frozen=True)
class Ribbon:
    tone: str  # wait, bad, off, ok
    text: str


@dataclass(frozen=True)
class Progress:
    status: str
    steps: list[Step]
    ribbon: Ribbon | None
    expected: str  # what happens next, by whom

    def as_json(self) -> dict[str, Any]:
        body = asdict(self)
        for step in body["steps"]:
            step["at"] = step["at"].isoformat() if step["at"] else None
        return body


def of(subscription: Subscription) -> Progress:
    """Read an order's place on its path, with the confirmations of what the chain has not finished yet."""
    seen = queries.seen_payment(subscription) or queries.seen_transfer(subscription)
    mint = queries.living_operation(queries.mint_key(subscription)) if subscription.is_funded else None
    deposit = None
    if subscription.status in AWAITING_PAYMENT:
        deposit = queries.living_operation(queries.deposit_key(subscription))
    steps = [
        Step("Requested", "done", at=subscription.created_at),
        _paid(subscription, seen, deposit),
        _approved(subscription),
        _minted(subscription, mint),
    ]
    return Progress(subscription.status, steps, _ribbon(subscription), _expected(subscription, seen, mint))


def usdc(amount: int) -> str:
    return f"{format_units(amount, queries.USDC_DECIMALS)} USDC"


def _paid(subscription: Subscription, seen: Seen | None, deposit: ChainOperation | None) -> Step:
    if subscription.is_funded:
        return Step("Paid", "done", at=subscription.paid_at, tx_hash=subscription.payment_tx_hash)
    if subscription.status in queries.ENDED or subscription.status == Status.REFUNDED:
        return Step("Paid", "failed" if subscription.status == Status.EXPIRED else "", "not paid")
    if seen is not None:
        return Step("Paid", "now", confirmations(seen), tx_hash=seen.tx_hash)
    if deposit is not None:
        return Step("Paid", "now", f"your signed payment is {BEING_SENT[State(deposit.state)]}")
    if queries.missing(subscription) == 0:
        return Step("Paid", "now", "received; being matched to your order")
    return Step("Paid", "now", f"{usdc(queries.missing(subscription))} to pay")


def _approved(subscription: Subscription) -> Step:
    if subscription.status in (Status.REJECTED, Status.REFUNDED) and subscription.is_funded:
        return Step("Approved", "failed", "not approved")
    if subscription.approved_at and subscription.status != Status.HELD:
        return Step("Approved", "done", at=subscription.approved_at)
    if subscription.status == Status.HELD:
        return Step("Approved", "failed", "on hold")
    if subscription.status == Status.PAID:
        return Step("Approved", "now", "our compliance team reviews it")
    return Step("Approved", "")


def _minted(subscription: Subscription, mint: ChainOperation | None) -> Step:
    if subscription.status == Status.MINTED:
        return Step("Minted", "done", at=subscription.minted_at, tx_hash=subscription.mint_tx_hash)
    if subscription.status != Status.APPROVED:
        return Step("Minted", "")
    seen = queries.seen_mint(subscription)
    if seen is not None:
        return Step("Minted", "now", confirmations(seen), tx_hash=seen.tx_hash)
    if mint is not None:
        return Step("Minted", "now", BEING_SENT[State(mint.state)], tx_hash=mint.tx_hash)
    return Step("Minted", "now")


def _ribbon(subscription: Subscription) -> Ribbon | None:
    status = subscription.status
    if status == Status.UNDERPAID:
        missing = usdc(queries.missing(subscription))
        return Ribbon("wait", f"Underpaid: {missing} are missing. Send exactly that before the deadline.")
    if status == Status.HELD:
        return Ribbon("wait", "On hold: an officer looks at this order. Your payment is safe in the escrow.")
    if status == Status.REFUNDED:
        return Ribbon("off", "Refunded: the escrow has sent your money back.")
    if status not in queries.ENDED:
        return None
    word = "Expired: it was not paid in time" if status == Status.EXPIRED else "Rejected by an officer"
    if subscription.is_funded:
        return Ribbon("bad", f"{word}. Your payment is in the escrow and will be sent back.")
    if queries.received(subscription):
        return Ribbon("bad", f"{word}. What you sent will be sent back to the wallet it came from.")
    return Ribbon("off", f"{word}. Nothing is owed.")


def _expected(subscription: Subscription, seen: Seen | None, mint: ChainOperation | None) -> str:
    status = subscription.status
    if status in AWAITING_PAYMENT and seen is None:
        return f"Pay before {subscription.pay_by:%a %d %b %Y, %H:%M} UTC."
    if status in AWAITING_PAYMENT:
        return "Your payment is in a block. It counts once enough blocks are on top of it."
    if status == Status.PAID:
        return "An officer reviews the order; nothing to do for you."
    if status == Status.APPROVED:
        return "The units are minted to your wallet; nothing to do for you."
    if status == Status.MINTED:
        return "The units are in your wallet."
    return ""
