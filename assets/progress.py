"""Where an asset stands, as a stepper shows it."""

from dataclasses import dataclass
from datetime import datetime

from assets import queries
from assets.models import Asset, CustodyProof
from contracts import calls, operations
from contracts.models import FAILED, ChainOperation
from indexer.queries import Seen, seen

ORDER = ("DRAFT", "IN_REVIEW", "APPROVED", "DEPLOYING", "ACTIVE")
PLACE = {"RETURNED": 0, "PAUSED": 4, "REDEEMED": 4, **{status: n for n, status in enumerate(ORDER)}}


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
    return {"PAUSED": "paused: nobody can transfer", "REDEEMED": "redeemed: closed for ever"}.get(
        asset.status, ""
    )


def _call_note(operation: ChainOperation, log: Seen | None) -> str:
    if log is not None:
        return f"in block {log.block_number}, {log.confirmations}/{log.needed} confirmations"
    if operation.state == "AWAITING_APPROVAL":
        return f"waits for approvals: {operations.approvals(operation)}"
    return operation.state.replace("_", " ").lower()
