from django.db.models.functions import Now

from assets import queries
from assets.models import Asset, CustodyProof
from contracts.models import FAILED, ChainOperation
from rwa_portal.core import history
from rwa_portal.core.errors import DomainError
from rwa_portal.core.models import AuditEvent, User

STATUS_TITLES = {
    queries.PAUSE: "Pause {}: nobody can transfer, order or ask for redemption",
    queries.SCHEDULED_BY[queries.RESUME]: "Schedule with the timelock that {} is resumed",
    queries.RESUME: "Resume {}: execute what the timelock has had scheduled",
    queries.SCHEDULED_BY[queries.MARK_REDEEMED]: "Schedule with the timelock that {} is closed for ever",
    queries.MARK_REDEEMED: "Close {} for ever: execute what the timelock has had scheduled",
}


class AssetNotDeploying(DomainError):
    """The asset is no longer waiting for its deployment."""


class ProofNotVerified(DomainError):
    """The custody proof no longer waits for its attestation."""


def recheck_deploy(operation: ChainOperation) -> dict[str, str]:
    """
    Read again, just before submission, what the deployment rests on.

    :raises AssetNotDeploying: or whatever queries.deploy_facts refuses
    """
    asset = Asset.objects.select_related("issuer").get(pk=operation.subject)
    if asset.status != Asset.Status.DEPLOYING:
        raise AssetNotDeploying
    return queries.deploy_facts(asset)


def deploy_failed(operation: ChainOperation, reason: str) -> None:
    """Return the asset to APPROVED. Runs in the transaction that ends the operation."""
    asset = Asset.objects.select_for_update(of=("self",)).get(pk=operation.subject)
    if asset.status != Asset.Status.DEPLOYING:
        return
    asset.undo_deployment()
    by = User.service("custody")
    history.save(asset, by=by, reason="asset.deployment_failed")
    AuditEvent.record("asset.deployment_failed", subject=asset, by=by, at=operation.state_at, reason=reason)


def deploy_title(operation: ChainOperation) -> str:
    asset = Asset.objects.select_related("issuer").get(pk=operation.subject)
    return f"Deploy {asset} of {asset.issuer}: its token and its escrow"


def recheck_attest(operation: ChainOperation) -> dict[str, str]:
    """
    Read again, just before submission, what the attestation rests on.

    :raises ProofNotVerified: or whatever queries.attest_facts refuses
    """
    proof = CustodyProof.objects.select_related("asset").get(pk=operation.subject)
    if proof.status != CustodyProof.Status.SUBMITTED or not proof.is_verified:
        raise ProofNotVerified
    if not CustodyProof.objects.filter(pk=proof.pk, expiry_at__gt=Now()).exists():
        raise queries.ProofExpired
    return queries.attest_facts(proof)


def attest_failed(operation: ChainOperation, reason: str) -> None:
    """Take the verification back, so that it can be given again. Runs where the operation ends."""
    asset = Asset.objects.select_for_update(of=("self",)).get(proofs=operation.subject)
    proof = CustodyProof.objects.select_for_update(of=("self",)).get(pk=operation.subject, asset=asset)
    if proof.status != CustodyProof.Status.SUBMITTED:
        return
    proof.undo_verification()
    by = User.service("custody")
    history.save(proof, by=by, reason="custody_proof.attestation_failed")
    AuditEvent.record(
        "custody_proof.attestation_failed", subject=proof, by=by, at=operation.state_at, reason=reason
    )


def attest_title(operation: ChainOperation) -> str:
    proof = CustodyProof.objects.select_related("asset").get(pk=operation.subject)
    return f"Attest that {proof.custodian_reference} backs {proof.shown_units} of {proof.asset}"


def recheck_pause(operation: ChainOperation) -> dict[str, str]:
    """
    Read again, just before submission, what a stop rests on.

    :raises AssetNotActive:
    """
    return queries.pause_facts(Asset.objects.get(pk=operation.subject))


def recheck_scheduling(operation: ChainOperation) -> dict[str, str]:
    """
    Read again what a call is scheduled on.

    :raises AssetNotPaused, TimelockNotHeard:
    """
    return queries.scheduling_facts(Asset.objects.get(pk=operation.subject))


def recheck_execution(operation: ChainOperation) -> dict[str, str]:
    """
    Read again, when the delay has passed, what the scheduled call rests on.

    :raises AssetNotPaused:
    """
    return queries.timelock_facts(Asset.objects.get(pk=operation.subject))


def status_call_failed(operation: ChainOperation, reason: str) -> None:
    """Say so in the asset's trail. Its status is the chain's and stays. Runs where the operation ends."""
    if operation.after is not None and operation.after.state in FAILED:
        return  # cancelled with the one before it, which has said so
    asset = Asset.objects.get(pk=operation.subject)
    kind = f"asset.{operation.kind.rpartition('.')[2]}_failed"
    AuditEvent.record(kind, subject=asset, by=User.service("custody"), at=operation.state_at, reason=reason)


def status_title(operation: ChainOperation) -> str:
    return STATUS_TITLES[operation.kind].format(Asset.objects.get(pk=operation.subject))
