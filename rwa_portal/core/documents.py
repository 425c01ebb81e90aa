"""
Files people hand in.

- Kept as ciphertext in 256 KiB rows under a key of their own; the hash and the size are of the plain bytes.
- A PDF is opened and its pages are counted, never guessed from its first bytes or its name.
- Every access is in the audit trail before the first byte leaves; who may read is the caller's to decide.
"""

import hashlib
import uuid
import zlib
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import BinaryIO, Literal
from urllib.parse import quote

from django.http import StreamingHttpResponse
from pypdf import PdfReader
from pypdf.errors import PyPdfError

from rwa_portal.core import encryption
from rwa_portal.core.actions import action, require_transaction
from rwa_portal.core.errors import DomainError, RuleBroken
from rwa_portal.core.models import AuditEvent, Document, DocumentChunk, User
from rwa_portal.core.models.person_keys import key_ring

LIMIT_BYTES = 25 * 1024 * 1024
_BATCH = 8  # rows of 256 KiB an insert
# What pypdf lets through when a file is damaged, besides its own errors.
_DAMAGE = (
    PyPdfError,
    ValueError,
    KeyError,
    IndexError,
    TypeError,
    AttributeError,
    OSError,
    RecursionError,
    zlib.error,
)
KindRule = Literal["pdf"]


class NotAPdf(RuleBroken):
    """The file is no PDF that can be opened."""

    field = "file"


class PdfEncrypted(NotAPdf):
    """The PDF is protected by a password. Save it without one."""


class PdfEmpty(NotAPdf):
    """The PDF has no page."""


class FileTooLarge(RuleBroken):
    """A file has at most 25 MB."""

    field = "file"


class FileEmpty(RuleBroken):
    """The file is empty."""

    field = "file"


class DocumentErased(DomainError):
    """The document's key was destroyed; nobody can read it any more."""


def store(
    file: BinaryIO, *, name: str, owner_id: uuid.UUID, by: User, at: datetime, kind_rule: KindRule = "pdf"
) -> Document:
    """
    Keep a file, in the caller's transaction.

    :raises FileEmpty:
    :raises FileTooLarge: above 25 MB
    :raises NotAPdf: also when it is damaged, has no page or asks for a password
    """
    require_transaction()
    size_bytes, sha256 = _measured(file)
    content_type = _RULES[kind_rule](file)
    data_key = encryption.new_data_key()
    document = Document(
        owner_id=owner_id,
        content_type=content_type,
        size_bytes=size_bytes,
        sha256=sha256,
        uploaded_by=by,
        uploaded_at=at,
    )
    document.wrapped_key = key_ring().wrap(data_key, owner=f"document:{document.pk}")
    document.sealed_name = encryption.seal(data_key, _base(name).encode(), context=f"{document.pk}:name")
    document.save()
    _store_chunks(document, data_key, file)
    return document


def read(document: Document) -> Iterator[bytes]:
    """
    Yield the plain bytes. They are whole only when the iteration ends without CannotDecrypt.

    :raises DocumentErased:
    """
    if document.wrapped_key is None:
        raise DocumentErased
    rows = document.chunks.order_by("number").values_list("sealed", flat=True)
    return encryption.unseal_stream(
        document.data_key(),
        (bytes(row) for row in rows.iterator(chunk_size=_BATCH)),
        context=str(document.pk),
    )


@action
def record_access(*, document_id: uuid.UUID, by: User, at: datetime) -> Document:
    """
    Write down who reads a document. Views call this before they stream it.

    :raises DocumentErased:
    """
    document = Document.objects.get(pk=document_id)
    if document.wrapped_key is None:
        raise DocumentErased
    AuditEvent.record("document.read", subject=document, by=by, at=at)
    return document


def download(document: Document, *, by: User, at: datetime) -> StreamingHttpResponse:
    """Answer a view that has checked the reader's right: audited, streamed, never shown inside our pages."""
    document = record_access(document_id=document.pk, by=by, at=at)
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(document.name, safe='')}",
        "Content-Length": str(document.size_bytes),
        "Cache-Control": "private, no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return StreamingHttpResponse(read(document), content_type=document.content_type, headers=headers)


def erase(*, owner_id: uuid.UUID) -> int:
    """Destroy the keys of all documents about a person, in the caller's transaction."""
    require_transaction()
    return Document.objects.filter(owner_id=owner_id).update(wrapped_key=None)


def _measured(file: BinaryIO) -> tuple[int, str]:
    size_bytes, hashed = 0, hashlib.sha256()
    file.seek(0)
    while block := file.read(encryption.CHUNK_BYTES):
        size_bytes += len(block)
        if size_bytes > LIMIT_BYTES:
            raise FileTooLarge
        hashed.update(block)
    if not size_bytes:
        raise FileEmpty
    return size_bytes, hashed.hexdigest()


def _opened_pdf(file: BinaryIO) -> str:
    file.seek(0)
    if b"%PDF-" not in file.read(1024):
        raise NotAPdf
    try:
        reader = PdfReader(file, strict=False)
        if reader.is_encrypted:
            raise PdfEncrypted
        pages = len(reader.pages)
        if pages:
            _ = reader.pages[0].mediabox, reader.pages[pages - 1].mediabox
    except _DAMAGE:
        raise NotAPdf from None
    if not pages:
        raise PdfEmpty
    return "application/pdf"


_RULES: dict[KindRule, Callable[[BinaryIO], str]] = {"pdf": _opened_pdf}


def _store_chunks(document: Document, data_key: bytes, file: BinaryIO) -> None:
    file.seek(0)
    batch: list[DocumentChunk] = []
    for number, sealed in enumerate(encryption.seal_stream(data_key, file, context=str(document.pk))):
        batch.append(DocumentChunk(document=document, number=number, sealed=sealed))
        if len(batch) == _BATCH:
            DocumentChunk.objects.bulk_create(batch)
            batch = []
    DocumentChunk.objects.bulk_create(batch)


def _base(name: str) -> str:
    return name.replace("\\", "/").rsplit("/", 1)[-1][:255] or "document"
