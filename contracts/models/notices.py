import uuid
from typing import ClassVar

from django.db import models

from contracts.models.operations import Attempt
from rwa_portal.core.models import Outcome


class CustodyNotice(models.Model):
    """A custodian's signed notice, as it came in, and what became of it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    provider = models.CharField(max_length=32)
    dedupe_key = models.CharField(max_length=64, help_text="The custodian's own id of it: it counts once.")
    event_type = models.CharField(max_length=64, blank=True)
    vendor_at = models.DateTimeField(null=True, help_text="The custodian's own time of the event.")
    vendor_id = models.CharField(max_length=128, blank=True, help_text="The custodian's id of the request.")
    external_id = models.CharField(max_length=64, blank=True, help_text="Ours, as the custodian repeats it.")
    attempt = models.ForeignKey(Attempt, null=True, on_delete=models.PROTECT, related_name="notices")
    body = models.BinaryField(help_text="The raw body.")
    received_at = models.DateTimeField()
    outcome = models.CharField(max_length=16, choices=Outcome.choices, default=Outcome.RECEIVED)
    processed_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=64, blank=True, help_text="Why: a code.")

    audited_fields: ClassVar[tuple[str, ...]] = ("provider", "event_type", "vendor_at", "outcome", "note")
    person_id = None

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="custody_notice_once_per_provider", fields=["provider", "dedupe_key"]
            ),
        ]
        indexes = [
            models.Index(
                name="custody_notice_waiting",
                fields=["received_at"],
                condition=models.Q(outcome="RECEIVED"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.pk}"
