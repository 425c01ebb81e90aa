"""Where an asset stands, as a stepper shows it."""

from dataclasses import dataclass
from datetime import datetime

from assets import queries
from assets.models import Asset, CustodyProof
from contracts import calls, operations
from contracts.models import FAILED, ChainOperation
from indexer.queries import Seen, seen

ORDER = ("DRAFT", "IN_REVIEW", "APPROVED", "DEPLOYING", "ACTIVE")
WISHES = {
    queries.PAUSE: "To be paused",
    queries.RESUME: "To be resumed",
    queries.MARK_REDEEMED: "To be closed for ever",
    # Left alone, because the call that would have executed it was cancelled.
    queries.SCHEDULED_BY[queries.RESUME]: "Scheduled, but no longer to be resumed",
    queries.SCHEDULED_BY[queries.MARK_REDEEMED]: "Scheduled, but no longer to be closed",
}
PLACE = {"RETURNED": 0, "PAUSED": 4, "REDEEMED": 4, **{status: n for n, status in enumerate(ORDER)}}


@dataclass(frozen=True)
class StatusCall:
    """A change of the token's status that was asked for and has not taken effect."""

    wish: str
    note: str
    operation: ChainOperation  # the one it now hangs on


@dataclass(frozen=True)
class Step:
    title: str
    state: str  # done, now, failed or empty
    at: datetime | None
    note: str


def steps(asset: Asset) -> list[Step]:
    """Draft, legal review, approved, deployment, active: each with its time and what happens next."""
    operation = queries.operation_of(asset, queries.DEPLOY)
    rows = [
        ("Draft", asset.created_at, _draft_note(asset)),
        ("Legal review", asset.submitted_at, _review_note(asset)),
        ("Approved", asset.approved_at, _approved_note(asset, operation)),
        ("Deployment", operation.requested_at if operation else None, _deployment_note(asset, operation)),
        ("Active", asset.deployed_at, _active_note(asset)),
    ]
    return [Step(title, _state(asset, n), at, note) for n, (title, at, note) in enumerate(rows)]


def status_call(asset: Asset) -> StatusCall | None:
    """What was asked for, and what it waits for: approvals, the timelock, the chain."""
    waiting = list(queries.status_calls(asset))
    if not waiting:
        return None
    wish = WISHES[waiting[-1].kind]
    first = waiting[0]
    if first.kind in queries.SCHEDULED_BY and first.ready_at and first.state == "QUEUED":
        return StatusCall(wish, f"the timelock waits until {first.ready_at:%d %b %Y %H:%M:%S} UTC", first)
    return StatusCall(wish, _call_note(first, None), first)


def proof_note(proof: CustodyProof) -> str:
    """Where a custody proof stands, in words."""
    if proof.status == CustodyProof.Status.EXPIRED:
        return f"{proof.expired_because}; backs nothing"
    if proof.status == CustodyProof.Status.VALID:
        return f"backs new units until {proof.expiry_at:%d %b %Y %H:%M} UTC"
    if not proof.is_verified:
        return "waits for a second person to verify it"
    operation = queries.operation_of(proof, queries.ATTEST)
    log = seen("CustodyRegistry.CustodyAttested", proofHash=proof.proof_hash)
    return _call_note(operation, log) if operation else "verified"


def _state(asset: Asset, place: int) -> str:
    now = PLACE[asset.status]
    if place == now:
        return "failed" if asset.status == Asset.Status.RETURNED else "done" if place == 4 else "now"
    return "done" if place < now else ""


def _draft_note(asset: Asset) -> str:
    if asset.status == Asset.Status.RETURNED:
        return "returned: changes were asked for"
    return "only you see it" if asset.status == Asset.Status.DRAFT else ""


def _review_note(asset: Asset) -> str:
    return "a lawyer of the platform reads it" if asset.status == Asset.Status.IN_REVIEW else ""


def _approved_note(asset: Asset, operation: ChainOperation | None) -> str:
    if asset.status != Asset.Status.APPROVED:
        return ""
    failed = operation is not None and operation.state in FAILED
    return "the deployment failed; the platform asks again" if failed else "the platform deploys it next"


def _deployment_note(asset: Asset, operation: ChainOperation | None) -> str:
    if asset.status != Asset.Status.DEPLOYING or operation is None:
        return ""
    return _call_note(operation, seen("AssetFactory.AssetDeployed", assetId=calls.word_of(asset.pk)))


def _active_note(asset: Asset) -> str:
    standing = {"PAUSED": "paused: nobody can transfer", "REDEEMED": "redeemed: closed for ever"}
    call = status_call(asset)
    notes = [standing.get(asset.status, ""), f"{call.wish.lower()}: {call.note}" if call else ""]
    return "; ".join(filter(None, notes))


def _call_note(operation: ChainOperation, log: Seen | None) -> str:
    if log is not None:
        return f"in block {log.block_number}, {log.confirmations}/{log.needed} confirmations"
    if operation.state == "AWAITING_APPROVAL":
        return f"waits for approvals: {operations.approvals(operation)}"
    return operation.state.replace("_", " ").lower()
