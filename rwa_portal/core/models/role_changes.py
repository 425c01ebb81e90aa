import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q

from rwa_portal.core.models.users import User


class RoleChange(models.Model):
    """A role was asked for a person, or taken from them."""

    class Kind(models.TextChoices):
        GRANT = "GRANT"  # counts when enough other people agree
        REVOKE = "REVOKE"  # counts at once: taking a right away is always safe

    class Status(models.TextChoices):
        WAITING = "WAITING"  # another person must agree
        DONE = "DONE"  # the person has the role, or has it no more
        REFUSED = "REFUSED"  # another person has said no

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="role_changes")
    role = models.CharField(max_length=64)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.WAITING)
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, help_text="Empty while another person must agree.")

    audited_fields: ClassVar[tuple[str, ...]] = ("kind", "role", "status")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="role_change_one_waiting", fields=["user", "role"], condition=Q(status="WAITING")
            ),
            models.CheckConstraint(
                name="role_change_decided_at_when_decided",
                condition=Q(status="WAITING", decided_at__isnull=True)
                | Q(decided_at__isnull=False) & ~Q(status="WAITING"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.role} for {self.user_id}"

    @property
    def person_id(self) -> uuid.UUID:
        return self.user_id
