"""What waits for the members of an issuer: one line each, with the page where it is done."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.urls import reverse

from assets.models import Asset, CustodyProof, Issuer
from assets.queries import assets_of, issuers_of
from rwa_portal.core.models import User


@dataclass(frozen=True)
class NextStep:
    title: str
    why: str
    button: str
    url: str


def of(user: User, *, at: datetime) -> list[NextStep]:
    """List what the person can do now, what was asked of them first."""
    returned = [_answer(issuer) for issuer in issuers_of(user).filter(status=Issuer.Status.RETURNED)]
    assets = [step for asset in assets_of(user) for step in _of_asset(asset, at)]
    return returned + sorted(assets, key=lambda step: step.button != "Answer")


def _answer(issuer: Issuer) -> NextStep:
    url = reverse("issuer:issuer", args=[issuer.pk])
    return NextStep(f"{issuer}: a change was asked for", issuer.return_reason, "Answer", url)


def _of_asset(asset: Asset, at: datetime) -> list[NextStep]:
    page = reverse("issuer:asset", args=[asset.pk])
    if asset.status == Asset.Status.RETURNED:
        return [NextStep(f"{asset}: legal review asks for a change", asset.return_reason, "Answer", page)]
    if asset.status == Asset.Status.DRAFT:
        why = "It is a draft; nobody else sees it yet."
        return [NextStep(f"Finish {asset}", why, "Continue", page)]
    if asset.status in (Asset.Status.ACTIVE, Asset.Status.PAUSED):
        return _of_backing(asset, at)
    return []


def _of_backing(asset: Asset, at: datetime) -> list[NextStep]:
    url = reverse("issuer:record_proof", args=[asset.pk])
    if asset.proofs.filter(status=CustodyProof.Status.SUBMITTED).exists():
        return []
    proof = asset.proofs.valid_at(at).first()
    if proof is None:
        why = "Without one no units can be issued."
        return [NextStep(f"{asset} has no valid custody proof", why, "Hand in a certificate", url)]
    if proof.expiry_at is not None and proof.expiry_at - at <= timedelta(days=30):
        why = f"It runs out on {proof.expiry_at:%d %b %Y}; then no units can be issued."
        return [NextStep(f"Renew the custody proof of {asset}", why, "Hand in a certificate", url)]
    return []
