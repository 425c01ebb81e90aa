import uuid
from datetime import datetime
from typing import ClassVar, Protocol

from django.db import models, transaction

from rwa_portal.core import log, pokes
from rwa_portal.core.models.person_keys import PersonKey
from rwa_portal.core.models.users import User


class Audited(Protocol):
    """A row whose decisions are recorded: its id, its person and the fields an audit may show."""

    pk: uuid.UUID
    audited_fields: ClassVar[tuple[str, ...]]

    @property
    def person_id(self) -> uuid.UUID | None: ...


class AuditEvent(models.Model):
    """Who decided what, when and why. Append-only; AuditSeal chains the committed rows."""

    kind = models.CharField(max_length=64)
    subject = models.UUIDField(db_index=True)
    facts = models.JSONField()
    # No foreign key to the subject, so that the trail never blocks or follows live data.
    by = models.ForeignKey(User, on_delete=models.PROTECT)
    at = models.DateTimeField()
    person_id = models.UUIDField(null=True)
    reason = models.BinaryField()

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"

    @classmethod
    def record(cls, kind: str, *, subject: Audited, by: User, at: datetime, reason: str = "") -> None:
        """Add to the trail, in the decision's transaction, and write the decision's one log line."""
        cls.objects.create(
            kind=kind,
            subject=subject.pk,
            facts={name: str(getattr(subject, name)) for name in subject.audited_fields},
            by=by,
            at=at,
            person_id=subject.person_id,
            reason=PersonKey.seal(subject.person_id, reason),
        )
        line = {"subject": str(subject.pk), "by": str(by.pk)}
        transaction.on_commit(lambda: log.decision(kind, **line), robust=True)
        pokes.poke("rwa_portal.core.tasks.seal_audit")

    @property
    def reason_text(self) -> str:
        return PersonKey.unseal(self.person_id, bytes(self.reason))


class AuditSeal(models.Model):
    """One link of the audit chain. Append-only."""

    seq = models.PositiveBigIntegerField(primary_key=True)
    event = models.OneToOneField(AuditEvent, on_delete=models.PROTECT)
    prev_hash = models.BinaryField()
    hash = models.BinaryField()

    def __str__(self) -> str:
        return str(self.seq)


class AuditCheckpoint(models.Model):
    """The chain's end at a moment, signed by a key that is not in the database. Append-only."""

    seq = models.PositiveBigIntegerField(primary_key=True)
    hash = models.BinaryField()
    at = models.DateTimeField()
    signature = models.BinaryField()

    def __str__(self) -> str:
        return f"checkpoint {self.seq}"
