import uuid

from django.db import models
from django.db.models import Q

from rwa_portal.core.models.person_keys import PersonKey


class Mail(models.Model):
    """A message to a person, written in the transaction that caused it and sent afterwards."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person_id = models.UUIDField(help_text="Whose key seals it; a key of its own when nobody is known.")
    recipient = models.BinaryField()
    subject = models.BinaryField()
    body = models.BinaryField()
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(name="mail_waiting", fields=["next_try_at"], condition=Q(sent_at__isnull=True))
        ]

    def __str__(self) -> str:
        return str(self.pk)

    def text(self, column: str) -> str:
        """Read one of the sealed columns: recipient, subject or body."""
        return PersonKey.unseal(self.person_id, bytes(getattr(self, column)))
