import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q

from rwa_portal.core import encryption
from rwa_portal.core.models.person_keys import ERASED, key_ring
from rwa_portal.core.models.users import User


class Document(models.Model):
    """A file as it was handed in, kept as ciphertext under a key of its own."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner_id = models.UUIDField(db_index=True, help_text="The person or organisation it is about.")
    wrapped_key = models.BinaryField(null=True)  # empty: erased, nobody can read the chunks any more
    sealed_name = models.BinaryField()
    content_type = models.CharField(max_length=64)
    size_bytes = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64, help_text="Of the bytes as they were handed in, in hexadecimal.")
    uploaded_by = models.ForeignKey(User, on_delete=models.PROTECT)
    uploaded_at = models.DateTimeField()

    audited_fields: ClassVar[tuple[str, ...]] = ("sha256", "size_bytes", "content_type")

    class Meta:
        constraints = [
            models.CheckConstraint(name="document_not_empty", condition=Q(size_bytes__gt=0)),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def person_id(self) -> None:
        return None  # facts and reasons name the document; whom it is about is the owner's app's to know

    @property
    def name(self) -> str:
        if self.wrapped_key is None:
            return ERASED
        return encryption.unseal(self.data_key(), bytes(self.sealed_name), context=f"{self.pk}:name").decode()

    def data_key(self) -> bytes:
        return key_ring().unwrap(bytes(self.wrapped_key or b""), owner=f"document:{self.pk}")


class DocumentChunk(models.Model):
    """At most 256 KiB of a document, sealed so that it opens only in its place. Append-only."""

    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="chunks")
    number = models.PositiveIntegerField()
    sealed = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["document", "number"], name="chunk_once")]

    def __str__(self) -> str:
        return f"{self.document_id} {self.number}"
