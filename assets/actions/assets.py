"""An asset's way from a draft through legal review."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django_fsm import can_proceed

from assets import calculations, metadata, notices, queries, terms
from assets.actions.deployment import ask_for_deployment
from assets.actions.issuers import ReviewerInvolved, refuse_involved
from assets.models import Asset, AssetDocument, AssetMetadata, Issuer
from assets.models.asset import BEFORE_SUBMISSION
from rwa_portal.core import history
from rwa_portal.core.actions import action
from rwa_portal.core.errors import DomainError, RuleBroken
from rwa_portal.core.models import AuditEvent, User

RETURNABLE = (*terms.EDITABLE, *terms.RESTRICTIONS, "documents")


class IssuerUnknown(RuleBroken):
    """There is no such issuer."""

    field = "issuer_id"


class IssuerRefused(DomainError):
    """The issuer was refused; it brings no assets."""


class AssetNotEditable(DomainError):
    """The asset is with legal review or past it; its terms can no longer be changed."""


class AssetNotInReview(DomainError):
    """The asset is not in legal review."""


class ReturnFieldsUnknown(RuleBroken):
    """Name at least one field of the asset that must change."""

    field = "asked"


@action
def create_asset_draft(*, issuer_id: UUID, asset_type: str, name: str, by: User, at: datetime) -> Asset:
    """
    Begin an asset, which only its issuer sees until it is submitted.

    :raises IssuerRefused, NameMalformed:
    """
    issuer = Issuer.objects.get(pk=issuer_id)
    if issuer.status == Issuer.Status.REFUSED:
        raise IssuerRefused
    asset = Asset(issuer=issuer, created_by=by, created_at=at)
    terms.write(asset, {"asset_type": asset_type, "name": name})
    return _record(asset, "asset.drafted", by=by, at=at)


@action
def update_asset_draft(*, asset_id: UUID, changes: Mapping[str, Any], by: User, at: datetime) -> Asset:
    """
    Write some of the asset's terms while it is a draft or was returned.

    :raises AssetNotEditable:
    :raises RuleBroken: see assets.terms
    """
    asset = _lock(asset_id)
    if asset.status not in BEFORE_SUBMISSION:
        raise AssetNotEditable
    terms.write(asset, changes)
    if asset.status == Asset.Status.RETURNED:
        terms.offering(asset)  # what was once submitted never has gaps again
    return _record(asset, "asset.changed", by=by, at=at)


@action
def submit_asset(*, asset_id: UUID, by: User, at: datetime) -> Asset:
    """
    Hand the asset to legal review. Its terms can no longer be changed unless it is returned.

    :raises AssetNotEditable, IssuerNotRegistered:
    :raises AssetIncomplete, JurisdictionsMissing, ClosesInThePast, DocumentMissing: see assets.terms
    """
    asset = _lock(asset_id)
    if not can_proceed(asset.submit):
        raise AssetNotEditable
    if asset.issuer.status != Issuer.Status.REGISTERED:
        raise queries.IssuerNotRegistered
    terms.check_complete(asset, at=at)
    if not asset.documents.standing().filter(kind=AssetDocument.Kind.TITLE).exists():
        raise terms.DocumentMissing
    asset.submit(by=by, at=at)
    return _record(asset, "asset.submitted", by=by, at=at)


@action
def return_asset(*, asset_id: UUID, asked: Sequence[str], by: User, at: datetime, reason: str) -> Asset:
    """
    Ask the issuer to change the named fields; the reason is shown there.

    :raises AssetNotInReview, ReviewerInvolved, ReturnFieldsUnknown:
    """
    asset = _lock_for_review(asset_id, by)
    if not asked or set(asked) - set(RETURNABLE):
        raise ReturnFieldsUnknown
    asset.return_for_changes(reason=reason, fields=list(asked))
    _record(asset, "asset.returned", by=by, at=at, reason=reason)
    notices.asset_decided(asset)
    return asset


@action
def approve_asset(*, asset_id: UUID, by: User, at: datetime, reason: str) -> Asset:
    """
    Accept the terms: they are final, published, and named by their hash.

    The deployment follows at once where the asset was brought by API; otherwise someone asks for it.

    :raises AssetNotInReview, ReviewerInvolved:
    :raises AssetIncomplete, ClosesInThePast: if time has overtaken the terms
    """
    asset = _lock_for_review(asset_id, by)
    _approve(asset, by=by, at=at)
    _record(asset, "asset.approved", by=by, at=at, reason=reason)
    notices.asset_decided(asset)
    if asset.deploy_when_approved:
        ask_for_deployment(asset, by=asset.created_by, at=at, reason="asked for when it was created")
    return asset


@action
def create_asset(*, issuer_id: UUID, changes: Mapping[str, Any], by: User, at: datetime) -> Asset:
    """
    Bring an asset with its full terms. Its deployment follows as soon as the review policy is met:
    at once where the policy asks for no review, else with the approval of another person's legal review.

    :raises IssuerUnknown, IssuerNotRegistered:
    :raises RuleBroken: see assets.terms
    """
    issuer = Issuer.objects.filter(pk=issuer_id).first()
    if issuer is None:
        raise IssuerUnknown
    if issuer.status != Issuer.Status.REGISTERED:
        raise queries.IssuerNotRegistered
    asset = Asset(issuer=issuer, created_by=by, created_at=at, deploy_when_approved=True)
    terms.write(asset, changes)
    terms.check_complete(asset, at=at)
    asset.submit(by=by, at=at)
    _record(asset, "asset.submitted", by=by, at=at)
    if queries.reviews_needed() == 0:
        _approve(asset, by=None, at=at)
        _record(asset, "asset.approved", by=by, at=at, reason="the policy asks for no legal review here")
        ask_for_deployment(asset, by=by, at=at, reason="asked for when it was created")
    return asset


def _approve(asset: Asset, *, by: User | None, at: datetime) -> None:
    terms.check_complete(asset, at=at)
    body = metadata.body(asset)
    digest = calculations.sha256(body)
    AssetMetadata.objects.get_or_create(
        sha256=digest, defaults={"asset": asset, "body": body, "created_at": at}
    )
    asset.approve(metadata_uri=metadata.uri(digest), metadata_hash=digest, by=by, at=at)


def _lock(asset_id: UUID) -> Asset:
    return Asset.objects.select_for_update(of=("self",)).select_related("issuer").get(pk=asset_id)


def _lock_for_review(asset_id: UUID, by: User) -> Asset:
    asset = _lock(asset_id)
    if asset.status != Asset.Status.IN_REVIEW:
        raise AssetNotInReview
    refuse_involved(asset.issuer, submitted_by=asset.submitted_by, by=by)
    if by == asset.created_by:
        raise ReviewerInvolved
    return asset


def _record(asset: Asset, kind: str, *, by: User, at: datetime, reason: str = "") -> Asset:
    history.save(asset, by=by, reason=kind)
    AuditEvent.record(kind, subject=asset, by=by, at=at, reason=reason)
    return asset
