from django.db import models

from rwa_portal.core.models.users import User


class Approval(models.Model):
    """One other person's consent to exactly what the digest covers."""

    subject = models.UUIDField()
    digest = models.CharField(max_length=64)
    by = models.ForeignKey(User, on_delete=models.PROTECT)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subject", "digest", "by"], name="approval_once_per_person")
        ]

    def __str__(self) -> str:
        return f"Approval of {self.subject}"


class IdempotencyKey(models.Model):
    """A request a principal has made, and the answer it got."""

    principal = models.ForeignKey(User, on_delete=models.PROTECT)
    key = models.CharField(max_length=255)
    request_digest = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    body = models.JSONField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["principal", "key"], name="idempotency_key_once_per_principal")
        ]

    def __str__(self) -> str:
        return self.key
