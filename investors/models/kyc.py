import uuid
from typing import ClassVar

from django.db import models
from simple_history.models import HistoricalRecords

from investors.models.investor import Investor
from rwa_portal.core.models import Outcome


class Verdict(models.TextChoices):
    NONE = "NONE"  # the provider has not decided
    GREEN = "GREEN"  # identified
    RETRY = "RETRY"  # refused, but the person may send something better
    FINAL = "FINAL"  # refused for good
    UNCLEAR = "UNCLEAR"  # the provider's answers do not agree or say too little: a person must look


class KycSession(models.Model):
    """An investor's identification by one provider, and the provider's latest word."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    investor = models.ForeignKey(Investor, on_delete=models.PROTECT, related_name="kyc_sessions")
    provider = models.CharField(max_length=32)
    level = models.CharField(max_length=64, help_text="The provider's level the person must pass.")
    applicant_id = models.CharField(max_length=64, blank=True, help_text="The provider's id of the person.")
    status = models.CharField(max_length=32, blank=True, help_text="The provider's own word for the stage.")
    verdict = models.CharField(max_length=16, choices=Verdict.choices, default=Verdict.NONE)
    verdict_at = models.DateTimeField(
        null=True, editable=False, help_text="The provider's time of the newest notice that was applied."
    )
    read_at = models.DateTimeField(
        null=True,
        editable=False,
        help_text="When the verdict was asked for; no older answer replaces it.",
    )
    is_open = models.BooleanField(
        default=True, help_text="No after the provider has deactivated or deleted the person: fails closed."
    )
    reject_labels = models.JSONField(default=list, help_text="The provider's codes of what was wrong.")
    # Sealed under the person's key. The first is for the investor, the second for staff alone.
    public_comment = models.BinaryField(default=bytes)
    internal_comment = models.BinaryField(default=bytes)
    created_at = models.DateTimeField(editable=False)
    history = HistoricalRecords()

    audited_fields: ClassVar[tuple[str, ...]] = ("provider", "level", "status", "verdict", "verdict_at")

    class Meta:
        constraints = [
            models.UniqueConstraint(name="kyc_session_once_per_provider", fields=["investor", "provider"]),
            models.UniqueConstraint(
                name="kyc_session_applicant_once",
                fields=["provider", "applicant_id"],
                condition=~models.Q(applicant_id=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.pk}"

    @property
    def person_id(self) -> uuid.UUID:
        return self.investor_id


class WebhookDelivery(models.Model):
    """A provider's signed notice, as it came in, and what became of it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    provider = models.CharField(max_length=32)
    dedupe_key = models.CharField(max_length=64, help_text="SHA-256 of the body: a notice counts once.")
    event_type = models.CharField(max_length=64, blank=True)
    vendor_at = models.DateTimeField(null=True, help_text="The provider's own time of the event.")
    session = models.ForeignKey(KycSession, null=True, on_delete=models.PROTECT, related_name="deliveries")
    # The investor's key, or for a notice about nobody we know a key of its own.
    person_id = models.UUIDField()
    body = models.BinaryField(help_text="The raw body, sealed.")
    headers = models.BinaryField(help_text="The headers, sealed.")
    received_at = models.DateTimeField()
    outcome = models.CharField(max_length=16, choices=Outcome.choices, default=Outcome.RECEIVED)
    processed_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=64, blank=True, help_text="Why: a code, never the provider's text.")

    audited_fields: ClassVar[tuple[str, ...]] = ("provider", "event_type", "vendor_at", "outcome", "note")

    class Meta:
        verbose_name_plural = "webhook deliveries"
        constraints = [
            models.UniqueConstraint(
                name="webhook_delivery_once_per_provider", fields=["provider", "dedupe_key"]
            ),
        ]
        indexes = [
            models.Index(
                name="webhook_delivery_waiting",
                fields=["received_at"],
                condition=models.Q(outcome="RECEIVED"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.pk}"
