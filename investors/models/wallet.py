import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords

from investors.models.investor import Investor
from rwa_portal.core.fields import AddressField, UnitsField


class WalletQuerySet(models.QuerySet["Wallet"]):
    def allowlisted(self) -> "WalletQuerySet":
        return self.filter(allowlisted_at__isnull=False)


class Wallet(models.Model):
    """An address that an investor has shown to control."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    investor = models.ForeignKey(Investor, on_delete=models.PROTECT, related_name="wallets")
    address = AddressField(unique=True, help_text="Belongs to one investor only.")
    is_primary = models.BooleanField(default=False)
    proven_at = models.DateTimeField()
    proof_message = models.TextField(help_text="The EIP-4361 message that was signed.")
    proof_signature = models.BinaryField()
    # From here on the chain's word: only reactions write these.
    allowlisted_at = models.DateTimeField(
        null=True, editable=False, help_text="Since when the chain lets it hold tokens."
    )
    sanctioned_at = models.DateTimeField(
        null=True, editable=False, help_text="Since when the chain calls it sanctioned."
    )
    frozen_at = models.DateTimeField(
        null=True, editable=False, help_text="Since when the chain keeps it from moving anything."
    )
    profile_valid_until = models.DateTimeField(
        null=True, editable=False, help_text="When the profile on chain expires."
    )
    profile_jurisdiction = models.PositiveSmallIntegerField(
        null=True, editable=False, help_text="The chain's number of the country, 1-249."
    )
    profile_investor_type = models.PositiveSmallIntegerField(null=True, editable=False)
    profile_investor_id = UnitsField(null=True, editable=False)
    history = HistoricalRecords()

    objects = WalletQuerySet.as_manager()
    audited_fields: ClassVar[tuple[str, ...]] = ("address", "is_primary", "allowlisted_at")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="wallet_one_primary_per_investor", fields=["investor"], condition=Q(is_primary=True)
            ),
        ]

    def __str__(self) -> str:
        return str(self.address)

    @property
    def person_id(self) -> uuid.UUID:
        return self.investor_id


class WalletChallenge(models.Model):
    """A message that proves control of an address when it is signed in time, once."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    investor = models.ForeignKey(Investor, on_delete=models.PROTECT)
    address = AddressField()
    nonce = models.CharField(max_length=32, unique=True)
    message = models.TextField()
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="wallet_challenge_expires_later", condition=Q(expires_at__gt=models.F("issued_at"))
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)
