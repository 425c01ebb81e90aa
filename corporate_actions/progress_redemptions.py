"""Where a redemption stands, in its holder's words: three steps, and a ribbon off the path."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from contracts.models import State
from contracts.words import BEING_SENT, confirmations
from corporate_actions import queries_redemptions as queries
from corporate_actions.models import EndedBecause, HeldBecause, Method, Redemption, SettlementStatus

ENDED = {
    EndedBecause.WITHDRAWN: "Withdrawn before it was sent. Nothing was locked.",
    EndedBecause.NOT_LOCKED: "Expired: your wallet did not send it in time. Nothing was locked.",
    EndedBecause.UNITS_GONE: "Ended: the units were no longer free when they were to be locked.",
    EndedBecause.BY_HOLDER: "Cancelled by you. The units are free again.",
    EndedBecause.BY_ORDER: "Cancelled by legal order. The units are unlocked; ask the compliance team why.",
}
HELD = {
    HeldBecause.WALLET_SANCTIONED: "the wallet is sanctioned",
    HeldBecause.WALLET_FROZEN: "the wallet is frozen",
    HeldBecause.UNITS_FROZEN: "units of the wallet are frozen",
    HeldBecause.PAYEE_BLACKLISTED: "the USDC contract refuses to pay the wallet",
    HeldBecause.BY_OFFICER: "an officer looks at it",
}


@dataclass(frozen=True)
class Step:
    name: str
    state: str  # done, now, failed or empty
    note: str = ""
    at: datetime | None = None
    tx_hash: str | None = None


@dataclass(frozen=True)
class Progress:
    status: str
    steps: list[Step]
    tone: str  # of the ribbon: wait, bad, off; empty: none
    ribbon: str
    expected: str  # what happens next, by whom

    @property
    def for_staff(self) -> str:
        """One line for the admin."""
        now = next((step.note for step in self.steps if step.state == "now" and step.note), "")
        return self.ribbon or now or self.expected or "–"

    def as_json(self) -> dict[str, Any]:
        body = asdict(self)
        for step in body["steps"]:
            step["at"] = step["at"].isoformat() if step["at"] else None
        return body


def of(redemption: Redemption, *, at: datetime) -> Progress:
    """Read its place on its path, with the confirmations of what the chain has not finished yet."""
    steps = [
        Step("Requested", "done", at=redemption.created_at),
        _locked(redemption),
        _settled(redemption),
    ]
    tone, ribbon = _ribbon(redemption, at)
    return Progress(redemption.settlement_status, steps, tone, ribbon, _expected(redemption))


def _locked(redemption: Redemption) -> Step:
    if redemption.locked_at is not None:
        return Step("Locked", "done", at=redemption.locked_at, tx_hash=redemption.lock_tx_hash)
    if redemption.method == Method.FINAL:
        return Step("Locked", "done", "not needed: the asset is closed")
    if redemption.settlement_status == SettlementStatus.CANCELLED:
        return Step("Locked", "failed", "never locked", redemption.cancelled_at)
    seen = queries.seen_lock(redemption)
    if seen is not None:
        return Step("Locked", "now", confirmations(seen), tx_hash=seen.tx_hash)
    return Step("Locked", "now", "waits for your wallet to send it")


def _settled(redemption: Redemption) -> Step:
    status = redemption.settlement_status
    if status == SettlementStatus.SETTLED:
        return Step("Settled", "done", _paid(redemption), redemption.settled_at, redemption.burn_tx_hash)
    if status == SettlementStatus.CANCELLED:
        note = "cancelled" if redemption.locked_at else ""
        at, tx_hash = (redemption.cancelled_at, redemption.cancel_tx_hash) if note else (None, None)
        return Step("Settled", "failed" if note else "", note, at, tx_hash)
    if status == SettlementStatus.HELD:
        return Step("Settled", "failed", "on hold")
    if status != SettlementStatus.PENDING:
        return Step("Settled", "")
    return _being_settled(redemption)


def _being_settled(redemption: Redemption) -> Step:
    seen = queries.seen_settlement(redemption) or queries.seen_cancellation(redemption)
    if seen is not None:
        return Step("Settled", "now", confirmations(seen), tx_hash=seen.tx_hash)
    cancellation = queries.cancellation(redemption)
    if cancellation is not None:
        return Step("Settled", "now", f"its cancellation {BEING_SENT[State(cancellation.state)]}")
    operation = queries.settlement(redemption)
    if operation is not None:
        return Step("Settled", "now", BEING_SENT[State(operation.state)], tx_hash=operation.tx_hash)
    return Step("Settled", "now", f"due by {redemption.due_at:%d %b %Y}" if redemption.due_at else "")


def _paid(redemption: Redemption) -> str:
    if redemption.method == Method.OFF_CHAIN:
        settlement = queries.standing_settlement(redemption)
        return f"{settlement.shown_amount} outside the chain" if settlement else "outside the chain"
    return queries.shown_usdc(redemption.payment or 0)


def _ribbon(redemption: Redemption, at: datetime) -> tuple[str, str]:
    status = redemption.settlement_status
    if status == SettlementStatus.CANCELLED:
        return "off", ENDED[EndedBecause(redemption.ended_because)]
    if status == SettlementStatus.HELD:
        why = HELD[HeldBecause(redemption.held_because)]
        return "wait", f"On hold: {why}. The units stay locked until that is solved."
    if status == SettlementStatus.PENDING and redemption.failure and redemption.failed_at:
        when = f"{redemption.failed_at:%d %b %Y %H:%M} UTC"
        late = " It is overdue." if redemption.is_overdue(at) else ""
        return "bad", f"The payment failed on {when}; it will be tried again.{late} The units stay locked."
    if redemption.is_overdue(at):
        return "bad", f"Overdue: it should have been settled by {redemption.due_at:%d %b %Y}."
    return "", ""


def _expected(redemption: Redemption) -> str:
    status = redemption.settlement_status
    if status == SettlementStatus.REQUESTED and redemption.lock_by is not None:
        until = f"{redemption.lock_by:%a %d %b %Y, %H:%M} UTC"
        return f"Send the request with your wallet before {until}. It locks the units; nothing is paid yet."
    if status == SettlementStatus.PENDING and redemption.method == Method.OFF_CHAIN:
        return "Our team settles outside the chain; two people confirm it, then the units are burned."
    if status == SettlementStatus.PENDING:
        return "Our treasury pays you in USDC and burns the units in the same step; nothing to do for you."
    if status == SettlementStatus.SETTLED:
        return "The units are burned and you have been paid."
    return ""
