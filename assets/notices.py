"""
Who is told what by mail.

- A mail is a row of the decision's transaction: what was not decided is not told, and nobody is called here.
- Companies, assets and dates only; the reader signs in for the rest.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.core.mail import send_mail
from django.db.models import Q
from django.urls import reverse

from assets.models import Asset, CustodyProof, Issuer
from rwa_portal.core.models import User

DAYS = (30, 7, 1)


def due(proof: CustodyProof, at: datetime) -> int | None:
    """The warning to give now: the smallest of 30, 7 and 1 days that has begun and was not given yet."""
    if proof.status != CustodyProof.Status.VALID or proof.expiry_at is None or proof.expiry_at <= at:
        return None
    begun = [days for days in DAYS if proof.expiry_at - at <= timedelta(days=days)]
    if not begun or (proof.warned_days is not None and proof.warned_days <= min(begun)):
        return None
    return min(begun)


def proof_expires(proof: CustodyProof) -> None:
    """Warn staff who record or verify proofs, and the issuer's members."""
    asset, until = proof.asset, f"{proof.expiry_at:%d %b %Y %H:%M} UTC"
    subject = f"Custody proof of {asset} runs out on {until}"
    text = f"The certificate {proof.custodian_reference} backs new units of {asset} until {until}."
    path = reverse("issuer:record_proof", args=[asset.pk])
    _tell(_members(asset.issuer), subject, f"{text} Hand in a renewed one in time.", path)
    _tell(
        _staff("record_proof", "verify_proof"),
        subject,
        text,
        reverse("admin:assets_asset_change", args=[asset.pk]),
    )


def issuer_decided(issuer: Issuer) -> None:
    """Tell the members what the reviewer decided."""
    texts = {
        Issuer.Status.RETURNED: "The reviewer asks you to change the application.",
        Issuer.Status.REGISTERED: "The company is registered and can bring assets.",
        Issuer.Status.REFUSED: "The application was refused.",
    }
    subject = f"{issuer}: {issuer.get_status_display().lower()}"
    path = reverse("issuer:issuer", args=[issuer.pk])
    _tell(_members(issuer), subject, texts[Issuer.Status(issuer.status)], path)


def asset_decided(asset: Asset) -> None:
    """Tell the members what legal review decided."""
    texts = {
        Asset.Status.RETURNED: "Legal review asks you to change the asset.",
        Asset.Status.APPROVED: "Legal review has approved the asset; the platform deploys it next.",
    }
    subject = f"{asset}: {asset.get_status_display().lower()}"
    path = reverse("issuer:asset", args=[asset.pk])
    _tell(_members(asset.issuer), subject, texts[Asset.Status(asset.status)], path)


def asset_matured(asset: Asset) -> None:
    """Tell the members and the staff who close assets that it has fallen due."""
    due = f"{asset.maturity_date:%d %b %Y}"
    subject = f"{asset} fell due on {due}"
    text = f"The maturity date of {asset} was {due}."
    path = reverse("issuer:asset", args=[asset.pk])
    _tell(_members(asset.issuer), subject, f"{text} Settle with the platform how it is paid back.", path)
    closing = f"{text} Its token is paused, paid back and closed for ever next."
    _tell(_staff("mark_redeemed"), subject, closing, reverse("admin:assets_asset_change", args=[asset.pk]))


def asset_status_changed(asset: Asset) -> None:
    """Tell the members what has become of their token on chain."""
    texts = {
        Asset.Status.PAUSED: "The token is paused: no transfers, orders or new redemptions for now.",
        Asset.Status.ACTIVE: "The token is active again.",
        Asset.Status.REDEEMED: "The token is closed for ever; what remains is paid back.",
    }
    subject = f"{asset}: {asset.get_status_display().lower()}"
    path = reverse("issuer:asset", args=[asset.pk])
    _tell(_members(asset.issuer), subject, texts[Asset.Status(asset.status)], path)


def _members(issuer: Issuer) -> Iterable[User]:
    return issuer.members.filter(is_active=True, email__isnull=False).order_by("id")


def _staff(*rights: str) -> Iterable[User]:
    by_role = Q(groups__permissions__codename__in=rights)
    staff = User.objects.filter(is_staff=True, is_active=True, email__isnull=False)
    return staff.filter(by_role | Q(user_permissions__codename__in=rights)).distinct().order_by("id")


def _tell(people: Iterable[User], subject: str, text: str, path: str) -> None:
    for person in people:
        send_mail(subject, f"{text}\n\n{settings.PORTAL_URL}{path}\n", None, [str(person.email)])
