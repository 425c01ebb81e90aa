from celery import shared_task
from django.utils import timezone

from assets import actions
from assets.actions.proofs import ProofNotRunOut
from assets.actions.status import AssetNotDue
from assets.models import Asset, CustodyProof
from assets.notices import DAYS
from rwa_portal.core.models import User


@shared_task
def expire_proofs() -> None:
    """Let every custody proof that has run out expire, each in a transaction of its own."""
    at, clock = timezone.now(), User.service("clock")
    for proof in CustodyProof.objects.run_out_at(at).order_by("expiry_at", "id"):
        try:
            actions.expire_proof(proof_id=proof.pk, by=clock, at=at)
        except ProofNotRunOut:
            continue  # another worker was here


@shared_task
def warn_of_expiring_proofs() -> None:
    """Tell staff and the issuers which proofs run out soon."""
    at, clock = timezone.now(), User.service("clock")
    for proof in (
        CustodyProof.objects.valid_at(at).expiring_within(at, days=max(DAYS)).order_by("expiry_at", "id")
    ):
        actions.warn_of_expiry(proof_id=proof.pk, by=clock, at=at)


@shared_task
def note_matured_assets() -> None:
    """Note each asset that has fallen due, in a transaction of its own."""
    at, clock = timezone.now(), User.service("clock")
    for asset in Asset.objects.falling_due(at).order_by("maturity_date", "id"):
        try:
            actions.note_maturity(asset_id=asset.pk, by=clock, at=at)
        except AssetNotDue:
            continue  # another worker was here
