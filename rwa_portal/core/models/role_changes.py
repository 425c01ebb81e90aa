import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q

from rwa_portal.core.models.users import User


class RoleChange(models.Model):
    """Someone asked that a person be given a role; it counts when enough others agree."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="role_changes")
    role = models.CharField(max_length=64)
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    granted_at = models.DateTimeField(null=True, help_text="Empty while another person must agree.")
    refused_at = models.DateTimeField(null=True)

    audited_fields: ClassVar[tuple[str, ...]] = ("role", "granted_at", "refused_at")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="role_change_one_waiting",
                fields=["user", "role"],
                condition=Q(granted_at__isnull=True, refused_at__isnull=True),
            ),
            models.CheckConstraint(
                name="role_change_granted_or_refused",
                condition=Q(granted_at__isnull=True) | Q(refused_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role} for {self.user_id}"

    @property
    def person_id(self) -> uuid.UUID:
        return self.user_id
