"""Where a distribution stands, as a stepper shows it, and what comes next, by whom."""

from dataclasses import dataclass
from datetime import datetime

from contracts.models import FAILED, ChainOperation, State
from contracts.words import BEING_SENT, confirmations
from corporate_actions import queries_dividends as queries
from corporate_actions.models import FUNDABLE, OPENED, DividendDistribution
from indexer.queries import seen
from rwa_portal.core.chain_values import format_units

Status = DividendDistribution.Status


@dataclass(frozen=True)
class Step:
    name: str
    state: str  # done, now, failed or empty
    note: str = ""
    at: datetime | None = None
    tx_hash: str | None = None


@dataclass(frozen=True)
class Progress:
    steps: list[Step]
    tone: str  # of the ribbon: wait, bad, off; empty: none
    ribbon: str
    expected: str


def of(distribution: DividendDistribution, *, at: datetime) -> Progress:
    steps = [
        Step("Draft", "done", at=distribution.created_at),
        _snapshot(distribution),
        _funding(distribution),
        _open(distribution),
        _closed(distribution),
    ]
    tone, ribbon = _ribbon(distribution, at)
    return Progress(steps, tone, ribbon, _expected(distribution, at))


def operations_of(distribution: DividendDistribution) -> list[ChainOperation]:
    """Return every call about it, the newest first."""
    calls = ChainOperation.objects.filter(subject=distribution.pk).with_consents()
    return list(calls.order_by("-requested_at", "-id"))


def fingerprint(distribution: DividendDistribution, *, wallets: list[str] | None = None) -> str:
    """Change whenever a page about it would look otherwise; cheap, for it is asked every few seconds."""
    calls = ChainOperation.objects.filter(subject=distribution.pk).order_by("-state_at")
    newest = calls.values_list("state_at", flat=True).first()
    claims = distribution.claims.all() if wallets is None else distribution.claims.filter(wallet__in=wallets)
    said = claims.order_by("-said_at", "-id").values_list("state", "said_at").first()
    seen_claim = ""
    if distribution.number is not None and wallets is not None:
        found = [seen_payment(distribution, wallet) for wallet in wallets]
        seen_claim = " ".join(filter(None, found))
    parts = (distribution.status, distribution.total_funded, newest, said, claims.count(), seen_claim)
    return "|".join(map(str, parts))


def seen_payment(distribution: DividendDistribution, wallet: str) -> str:
    """Say how far the payment to a holder is confirmed; empty when none is in a block."""
    number = str(distribution.number)
    found = seen("DividendDistributor.DividendClaimed", id=number, holder=wallet)
    return confirmations(found) if found else ""


def _snapshot(distribution: DividendDistribution) -> Step:
    if distribution.snapshot_at is not None:
        return Step(
            "Snapshot",
            "done",
            f"record block {distribution.snapshot_block}",
            distribution.snapshot_at,
            distribution.snapshot_tx_hash,
        )
    if distribution.status == Status.CANCELLED:
        return Step("Snapshot", "failed", "discarded before it was taken", distribution.cancelled_at)
    declaring = queries.living_operation(queries.declare_key(distribution))
    if declaring is None:
        return Step("Snapshot", "now", "to be taken")
    found = seen("DividendDistributor.DividendDeclared", token=queries.token_of(distribution.asset))
    if found is not None and found.tx_hash == declaring.tx_hash:
        return Step("Snapshot", "now", f"taken, {confirmations(found)}", tx_hash=found.tx_hash)
    return Step("Snapshot", "now", _note(declaring))


def _funding(distribution: DividendDistribution) -> Step:
    if distribution.status in OPENED:
        return Step("Funding", "done", usdc(distribution.total_funded))
    if distribution.status == Status.CANCELLED and distribution.number is not None:
        return Step("Funding", "failed", f"cancelled; {usdc(distribution.returned_amount or 0)} went back")
    if distribution.status not in FUNDABLE:
        return Step("Funding", "")
    found = seen("DividendDistributor.DividendFunded", id=str(distribution.number))
    there = f"{usdc(distribution.total_funded)} of {usdc(distribution.amount)}"
    if found is not None:
        return Step("Funding", "now", f"{there}; more is in a block, {confirmations(found)}")
    note = _note(queries.living_operation(queries.fund_key(distribution)))
    return Step("Funding", "now", f"{there}; {note}" if note else there)


def _open(distribution: DividendDistribution) -> Step:
    if distribution.status not in OPENED:
        return Step("Open", "")
    state = "now" if distribution.status == Status.ACTIVE else "done"
    return Step("Open", state, "holders can claim", distribution.opened_at, distribution.opened_tx_hash)


def _closed(distribution: DividendDistribution) -> Step:
    if distribution.status == Status.CLOSED:
        note = f"{usdc(distribution.swept_amount or 0)} swept"
        return Step("Closed", "done", note, distribution.closed_at, distribution.sweep_tx_hash)
    if distribution.status == Status.ACTIVE:
        return Step("Closed", "", _note(queries.living_operation(queries.sweep_key(distribution))))
    return Step("Closed", "")


def _ribbon(distribution: DividendDistribution, at: datetime) -> tuple[str, str]:
    if distribution.status == Status.CANCELLED:
        went_back = distribution.returned_amount
        money = f" {usdc(went_back)} went back to the treasury." if went_back else ""
        return "off", f"Given up before it opened.{money}"
    if distribution.number is not None and not queries.snapshot_stands(distribution):
        return "bad", "The chain took the snapshot's block back. Nothing may rest on it: take it again."
    if distribution.status == Status.FUNDING and distribution.missing:
        missing = usdc(distribution.missing)
        return "wait", f"Short by {missing}: claims stay closed until the treasury tops it up."
    if distribution.status == Status.ACTIVE and at > distribution.expires_at:
        return "wait", "Expired: holders can still claim until the treasury sweeps what is left."
    return "", ""


def _expected(distribution: DividendDistribution, at: datetime) -> str:
    expiry = f"{distribution.expires_at:%d %b %Y %H:%M} UTC"
    if distribution.status == Status.DRAFT:
        return "The treasurer declares it. That takes the snapshot: who holds units then is paid."
    if distribution.status == Status.SNAPSHOTTED:
        return f"The treasurer funds {usdc(distribution.missing)} from the treasury."
    if distribution.status == Status.FUNDING:
        return f"The treasurer tops it up by {usdc(distribution.missing)}; then holders can claim."
    if distribution.status == Status.ACTIVE and at <= distribution.expires_at:
        return f"Holders claim, or the portal pays them. What is unclaimed may be swept after {expiry}."
    if distribution.status == Status.ACTIVE:
        return "The treasurer sweeps what nobody has claimed to the asset's unclaimed account."
    return ""


def _note(operation: ChainOperation | None) -> str:
    if operation is None or operation.state in FAILED:
        return ""
    return BEING_SENT[State(operation.state)]


def usdc(amount: int) -> str:
    text = format_units(amount, queries.USDC_DECIMALS)
    return f"{text.removesuffix('0000')} USDC" if text.endswith("0000") else f"{text} USDC"
