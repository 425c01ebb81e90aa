import uuid
from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import Q

from rwa_portal.core.models.users import User


class ApiKey(models.Model):
    """What a machine signs in with. Bound to one service user; it can ask, never approve."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    label = models.CharField(max_length=64, help_text="What the key is for.")
    prefix = models.CharField(max_length=12, unique=True, help_text="The part of the key people may see.")
    digest = models.CharField(max_length=64, help_text="SHA-256 of the secret part.")
    service = models.ForeignKey(User, on_delete=models.PROTECT, related_name="api_keys")
    scopes = models.JSONField(help_text="What the key may do: see core.api_keys.SCOPES.")
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    revoked_at = models.DateTimeField(null=True)

    audited_fields: ClassVar[tuple[str, ...]] = ("prefix", "scopes", "expires_at", "revoked_at")

    class Meta:
        permissions = [("manage_api_keys", "Can issue and revoke API keys")]
        constraints = [
            models.CheckConstraint(
                name="api_key_revoked_at_and_by_together",
                condition=Q(revoked_at__isnull=True, revoked_by__isnull=True)
                | Q(revoked_at__isnull=False, revoked_by__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return self.prefix

    @property
    def person_id(self) -> None:
        return None

    def is_usable(self, at: datetime) -> bool:
        return self.revoked_at is None and at < self.expires_at and self.service.is_active
