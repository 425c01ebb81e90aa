import uuid
from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django_fsm import FSMField, FSMModelMixin, transition

from indexer.findings import Kind
from rwa_portal.core.models import User


class BreakState(models.TextChoices):
    OPEN = "OPEN"  # a difference nobody has explained
    EXPLAINED = "EXPLAINED"  # an officer knows why; it is still there
    RESOLVED = "RESOLVED"  # no check finds it any more, or an officer has settled it


STANDING = [BreakState.OPEN, BreakState.EXPLAINED]


class BreakQuerySet(models.QuerySet["Break"]):
    def standing(self) -> "BreakQuerySet":
        return self.filter(state__in=STANDING)


class Break(FSMModelMixin, models.Model):
    """A difference between the portal's books and the chain, from when it was found until it is settled."""

    Kind = Kind
    State = BreakState

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(
        max_length=32, choices=Kind.choices, verbose_name="class", help_text="What it most likely is."
    )
    subject = models.CharField(max_length=255, help_text="What differs; at most one Break of it stands.")
    summary = models.TextField(help_text="In a sentence. No personal data.")
    expected = models.TextField(help_text="What the chain, or the log of its events, says.")
    found = models.TextField(help_text="What the portal's row says.")
    block_number = models.PositiveBigIntegerField(help_text="As of the end of this block.")
    evidence = models.JSONField(default=dict)
    next_step = models.TextField(blank=True, help_text="What to do about it.")
    state = FSMField(choices=BreakState.choices, default=BreakState.OPEN, protected=True)
    seen_by = ArrayField(
        models.CharField(max_length=64),
        default=list,
        help_text="The checks whose last run found it.",
    )
    times_seen = models.PositiveIntegerField(default=1)
    opened_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    explanation = models.TextField(blank=True, help_text="Why it is so. No personal data.")
    explained_at = models.DateTimeField(null=True)
    explained_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    resolved_at = models.DateTimeField(null=True)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="The clock, where a later check did not find it any more.",
    )

    objects = BreakQuerySet.as_manager()
    audited_fields: ClassVar[tuple[str, ...]] = (
        "state",
        "kind",
        "subject",
        "expected",
        "found",
        "block_number",
    )
    person_id: ClassVar[None] = None

    class Meta:
        permissions = [("resolve_break", "Can check and repair the books, and settle breaks")]
        constraints = [
            models.UniqueConstraint(
                name="break_one_standing_per_subject", fields=["subject"], condition=~Q(state="RESOLVED")
            ),
            models.CheckConstraint(
                name="break_resolved_says_when_and_who",
                condition=Q(state="RESOLVED", resolved_at__isnull=False, resolved_by__isnull=False)
                | ~Q(state="RESOLVED") & Q(resolved_at=None, resolved_by=None),
            ),
            models.CheckConstraint(
                name="break_explained_says_when_and_who",
                condition=Q(explained_at__isnull=True, explained_by__isnull=True)
                | Q(explained_at__isnull=False, explained_by__isnull=False),
            ),
        ]
        indexes = [models.Index(name="break_by_age", fields=["opened_at"])]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"

    @transition(field=state, source=BreakState.OPEN, target=BreakState.EXPLAINED)
    def explain(self, *, explanation: str, by: User, at: datetime) -> None:
        self.explanation, self.explained_by, self.explained_at = explanation, by, at

    @transition(field=state, source=STANDING, target=BreakState.RESOLVED)
    def resolve(self, *, by: User, at: datetime) -> None:
        self.resolved_by, self.resolved_at = by, at


class BooksCheckQuerySet(models.QuerySet["BooksCheck"]):
    def waiting(self) -> "BooksCheckQuerySet":
        return self.filter(started_at=None)

    def finished(self) -> "BooksCheckQuerySet":
        return self.filter(finished_at__isnull=False)


class BooksCheck(models.Model):
    """One look at the portal's books, or one repair of them: who asked for it, and what came of it."""

    class Kind(models.TextChoices):
        RECONCILE = "RECONCILE"  # compare with the chain at one confirmed block
        REPLAY = "REPLAY"  # build the derived tables anew from the event log and compare
        REPAIR = "REPAIR"  # the same, and put right what differs

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=16, choices=Kind.choices)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    reason = models.TextField(blank=True, help_text="Why it was asked for. No personal data.")
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    block_number = models.PositiveBigIntegerField(null=True, help_text="As of the end of this block.")
    differences = models.PositiveIntegerField(null=True, help_text="How many were found.")
    report = models.JSONField(default=dict)
    failure = models.CharField(max_length=255, blank=True, help_text="Why it came to no result.")

    objects = BooksCheckQuerySet.as_manager()
    audited_fields: ClassVar[tuple[str, ...]] = ("kind", "differences", "block_number")
    person_id: ClassVar[None] = None

    class Meta:
        indexes = [models.Index(name="books_check_by_age", fields=["kind", "finished_at"])]
        constraints = [
            models.CheckConstraint(
                name="books_check_started_before_finished",
                condition=Q(finished_at=None) | Q(started_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.asked_at:%Y-%m-%d %H:%M:%S}"
