import uuid
from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from indexer.models.chain import EventLog


class Incident(models.Model):
    """Something a person must look at; it may halt everything that moves value."""

    class Kind(models.TextChoices):
        DEEP_REORG = "DEEP_REORG"  # the chain took back what we had confirmed
        CHAIN_REPLACED = "CHAIN_REPLACED"  # the node's chain shares no block with ours
        INDEXER_BEHIND = "INDEXER_BEHIND"  # the chain's head has not been read for too long
        REACTION_PARKED = "REACTION_PARKED"  # a confirmed event could not take effect here
        PROJECTION_FAILED = "PROJECTION_FAILED"  # derived rows could not follow the chain; nothing moves on
        EVENT_UNREADABLE = "EVENT_UNREADABLE"  # a known event does not fit its interface

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=64, help_text="What sort of thing has happened.")
    subject = models.CharField(max_length=128, blank=True, help_text="What it is about: one open each.")
    summary = models.TextField(help_text="What was seen and what to do. No personal data.")
    halts_sending = models.BooleanField(help_text="Nothing that moves value is sent while it is open.")
    opened_at = models.DateTimeField()
    close_requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, editable=False, on_delete=models.PROTECT, related_name="+"
    )
    closed_at = models.DateTimeField(null=True, editable=False)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, editable=False, on_delete=models.PROTECT, related_name="+"
    )

    audited_fields: ClassVar[tuple[str, ...]] = ("kind", "subject", "halts_sending")
    person_id: ClassVar[None] = None

    class Meta:
        permissions = [("resolve_incident", "Can close incidents and retry parked events")]
        constraints = [
            models.UniqueConstraint(
                name="incident_one_open_per_subject",
                fields=["kind", "subject"],
                condition=Q(closed_at__isnull=True),
            ),
            models.CheckConstraint(
                name="incident_closed_at_and_by_together",
                condition=Q(closed_at__isnull=True, closed_by__isnull=True)
                | Q(closed_at__isnull=False, closed_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}".strip()

    @classmethod
    def open(
        cls, kind: str, summary: str, *, halts_sending: bool, at: datetime, subject: str = ""
    ) -> "Incident":
        """Open one, or return the open one of the same kind and subject."""
        return cls.objects.get_or_create(
            kind=kind,
            subject=subject,
            closed_at=None,
            defaults={"summary": summary, "halts_sending": halts_sending, "opened_at": at},
        )[0]


class ReactionFailure(models.Model):
    """A confirmed event that has not taken effect: its reaction raised, or it waits behind one that did."""

    class Status(models.TextChoices):
        FAILED = "FAILED"  # the reaction raised
        BEHIND = "BEHIND"  # an earlier event of the same subject is not done
        LATE = "LATE"  # read after later events had taken effect; next in turn
        DONE = "DONE"  # a retry succeeded

    event = models.OneToOneField(EventLog, on_delete=models.PROTECT, primary_key=True)
    # The event's place: chain order, since a log that was read late has a late seq.
    block_number = models.PositiveBigIntegerField()
    log_index = models.PositiveIntegerField()
    subject = models.CharField(max_length=160, help_text="Later events of it wait behind this one.")
    status = models.CharField(max_length=8, choices=Status.choices)
    error = models.CharField(max_length=160, blank=True, help_text="The error's class and rule.")
    attempts = models.PositiveIntegerField(default=0)
    parked_at = models.DateTimeField()
    tried_at = models.DateTimeField(null=True)

    audited_fields: ClassVar[tuple[str, ...]] = ("status", "subject", "error", "attempts")
    person_id: ClassVar[None] = None

    class Meta:
        indexes = [
            models.Index(
                name="reactionfailure_open",
                fields=["subject", "block_number", "log_index"],
                condition=~Q(status="DONE"),
            )
        ]

    def __str__(self) -> str:
        return f"{self.subject} {self.status}"
