import hashlib
import io
import random
import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from pypdf import PdfWriter

from rwa_portal.core import documents
from rwa_portal.core.actions import TransactionMissing, action
from rwa_portal.core.encryption import CHUNK_BYTES, CannotDecrypt
from rwa_portal.core.models import AuditEvent, Document, DocumentChunk
from tests.people import AT, person

pytestmark = pytest.mark.django_db
OWNER = uuid.uuid4()
store = action(documents.store)


def pdf(*, pages: int = 1, padding: int = 0, password: str = "") -> bytes:
    writer = PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(72, 72)
    if padding:
        writer.add_attachment("padding", uuid.uuid4().bytes * (padding // 16))
    if password:
        writer.encrypt(password)
    target = io.BytesIO()
    writer.write(target)
    return target.getvalue()


@pytest.fixture
def clerk():
    return person("clerk")


def stored(clerk, content: bytes, name: str = "Deed of Marmalade Quay.pdf") -> Document:
    return store(SimpleUploadedFile(name, content), name=name, owner_id=OWNER, by=clerk, at=AT)


def test_store_keeps_ciphertext_and_the_hash_of_the_plain_bytes(clerk):
    content = pdf(padding=3 * CHUNK_BYTES)

    document = stored(clerk, content)

    rows = [bytes(chunk.sealed) for chunk in document.chunks.order_by("number")]
    assert document.sha256 == hashlib.sha256(content).hexdigest()
    assert (document.size_bytes, document.content_type) == (len(content), "application/pdf")
    assert len(rows) == -(-len(content) // CHUNK_BYTES) > 3
    assert content[:64] not in b"".join(rows) and b"%PDF" not in b"".join(rows)
    assert b"Marmalade" not in bytes(document.sealed_name)
    assert document.name == "Deed of Marmalade Quay.pdf"
    assert b"".join(documents.read(document)) == content


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"", documents.FileEmpty),
        (b"Deed of sale", documents.NotAPdf),
        (b"%PDF-1.7\n", documents.NotAPdf),
        (pdf()[:200], documents.NotAPdf),
        (b"<html>" + pdf(pages=0), documents.PdfEmpty),
        (pdf(pages=0), documents.PdfEmpty),
        (pdf(password="quay"), documents.PdfEncrypted),
        (b"%PDF-" + bytes(documents.LIMIT_BYTES), documents.FileTooLarge),
    ],
    ids=["empty", "text", "only a head", "cut", "html", "no page", "encrypted", "too large"],
)
def test_store_refuses_what_is_no_readable_pdf_and_keeps_nothing(clerk, content, error):
    with pytest.raises(error) as refused:
        stored(clerk, content)

    assert refused.value.field == "file"
    assert (Document.objects.count(), DocumentChunk.objects.count()) == (0, 0)


@pytest.mark.parametrize("seed", range(60))
def test_a_damaged_pdf_is_refused_or_read_and_never_a_fault(seed):
    chance = random.Random(seed)
    content = bytearray(pdf(pages=2))
    for _ in range(chance.randint(1, 40)):
        content[chance.randrange(8, len(content))] = chance.randrange(256)

    try:
        assert documents._opened_pdf(io.BytesIO(content)) == "application/pdf"
    except documents.NotAPdf as refused:
        assert refused.field == "file"


def test_a_file_of_exactly_the_limit_passes(clerk):
    head = pdf()
    content = head.replace(b"%%EOF", b"%%EOF\n%" + b"x" * (documents.LIMIT_BYTES - len(head) - 2))

    assert stored(clerk, content).size_bytes == documents.LIMIT_BYTES


def test_store_outside_an_action_is_refused(clerk):
    with pytest.raises(TransactionMissing):
        documents.store(io.BytesIO(pdf()), name="a", owner_id=OWNER, by=clerk, at=AT)


def test_a_path_in_the_name_is_dropped(clerk):
    assert stored(clerk, pdf(), name="deed.pdf").name == "deed.pdf"
    assert documents._base("C:\\Users\\zoe\\deed.pdf") == "deed.pdf"
    assert documents._base("../../etc/passwd") == "passwd"


def test_every_access_is_in_the_trail_before_the_first_byte(clerk):
    content = pdf()
    document = stored(clerk, content)

    answer = documents.download(document, by=clerk, at=AT)

    event = AuditEvent.objects.get(kind="document.read")
    assert (event.subject, event.by, event.facts["sha256"]) == (document.pk, clerk, document.sha256)
    assert "Marmalade" not in str(event.facts)
    assert b"".join(answer.streaming_content) == content
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"].startswith("attachment; filename*=UTF-8''Deed%20of")
    assert answer["Cache-Control"] == "private, no-store"


def test_a_document_with_a_missing_row_is_never_whole(clerk):
    document = stored(clerk, pdf(padding=3 * CHUNK_BYTES))
    rows = [bytes(chunk.sealed) for chunk in document.chunks.order_by("number")]

    cut = documents.encryption.unseal_stream(document.data_key(), rows[:-1], context=str(document.pk))

    with pytest.raises(CannotDecrypt):
        b"".join(cut)


def test_erase_destroys_the_key_and_leaves_the_evidence(clerk):
    document = stored(clerk, pdf())
    other = store(io.BytesIO(pdf()), name="x", owner_id=uuid.uuid4(), by=clerk, at=AT)

    assert action(documents.erase)(owner_id=OWNER) == 1

    document.refresh_from_db()
    assert (document.name, len(document.sha256)) == ("[erased]", 64)
    with pytest.raises(documents.DocumentErased):
        documents.download(document, by=clerk, at=AT)
    assert not AuditEvent.objects.filter(kind="document.read").exists()
    assert b"".join(documents.read(other))
