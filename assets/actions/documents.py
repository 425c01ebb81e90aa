from datetime import date, datetime
from typing import BinaryIO
from uuid import UUID

from django.db.models import Max

from assets.actions.assets import AssetNotEditable
from assets.models import Asset, AssetDocument
from assets.models.asset import BEFORE_SUBMISSION
from rwa_portal.core import documents, history
from rwa_portal.core.actions import action
from rwa_portal.core.errors import DomainError, RuleBroken
from rwa_portal.core.models import AuditEvent, User

TAKES_DOCUMENTS = [*BEFORE_SUBMISSION, Asset.Status.ACTIVE, Asset.Status.PAUSED]


class DocumentsClosed(DomainError):
    """Documents are fixed from submission until the asset is deployed."""


class DocumentAlreadyAdded(RuleBroken):
    """Exactly this file was added already."""

    field = "file"


class DocumentKindUnknown(RuleBroken):
    """Choose what kind of document it is."""

    field = "kind"


class DocumentOutOfDate(RuleBroken):
    """The document is no longer good today."""

    field = "expires_on"


class DocumentUnknown(DomainError):
    """The asset has no such document."""


@action
def add_document(
    *,
    asset_id: UUID,
    kind: str,
    file_name: str,
    file: BinaryIO,
    expires_on: date | None,
    by: User,
    at: datetime,
) -> AssetDocument:
    """
    Keep a PDF with the asset, encrypted. Other content under a known name is a new version; both are kept.

    :raises DocumentsClosed: while legal review or the deployment has the asset
    :raises DocumentKindUnknown, DocumentOutOfDate, DocumentAlreadyAdded:
    :raises RuleBroken: if the file is no PDF or too large, see core.documents
    """
    asset = Asset.objects.select_for_update(of=("self",)).get(pk=asset_id)
    if asset.status not in TAKES_DOCUMENTS:
        raise DocumentsClosed
    if kind not in AssetDocument.Kind.values:
        raise DocumentKindUnknown
    if expires_on is not None and expires_on < at.date():
        raise DocumentOutOfDate
    stored = documents.store(file, name=file_name, owner_id=asset.issuer_id, by=by, at=at)
    sha256 = f"0x{stored.sha256}"
    if asset.documents.standing().filter(sha256=sha256).exists():
        raise DocumentAlreadyAdded
    last = asset.documents.filter(file_name=stored.name).aggregate(last=Max("version"))["last"] or 0
    document = AssetDocument(
        asset=asset,
        kind=kind,
        file_name=stored.name,
        document=stored,
        sha256=sha256,
        version=last + 1,
        expires_on=expires_on,
        added_by=by,
        added_at=at,
    )
    return _record(document, "asset.document_added", by=by, at=at)


@action
def withdraw_document(*, document_id: UUID, by: User, at: datetime) -> AssetDocument:
    """
    Take a document out of a draft; the file stays for the record.

    :raises DocumentUnknown, AssetNotEditable:
    """
    asset = Asset.objects.select_for_update(of=("self",)).filter(documents=document_id).first()
    document = AssetDocument.objects.standing().filter(pk=document_id).first()
    if asset is None or document is None:
        raise DocumentUnknown
    if asset.status not in BEFORE_SUBMISSION:
        raise AssetNotEditable
    document.withdrawn_at = at
    return _record(document, "asset.document_withdrawn", by=by, at=at)


def _record(document: AssetDocument, kind: str, *, by: User, at: datetime) -> AssetDocument:
    history.save(document, by=by, reason=kind)
    AuditEvent.record(kind, subject=document, by=by, at=at)
    return document
