import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q

from rwa_portal.core.fields import AddressField


class Purpose(models.TextChoices):
    ASSET_ADMIN = "ASSET_ADMIN"  # deploys assets and sets their terms
    COMPLIANCE = "COMPLIANCE"  # profiles, allowlist, sanctions, receipts of payments
    TREASURER = "TREASURER"  # declares, funds and settles
    ESCROW_OPERATOR = "ESCROW_OPERATOR"  # proposes what a plain payment is for
    FREEZER = "FREEZER"  # freezes wallets and units
    ENFORCER = "ENFORCER"  # moves units by legal order
    PAUSER = "PAUSER"  # stops a token
    GUARDIAN = "GUARDIAN"  # may only take rights away
    GOVERNANCE = "GOVERNANCE"  # proposes to the timelock
    RELAYER = "RELAYER"  # pays the gas of calls that anybody may make
    ISSUER = "ISSUER"  # one issuer's: mints its assets
    CUSTODIAN = "CUSTODIAN"  # attests that an asset is held


VENDORS = ["fireblocks", "anchorage", "coinbase_prime"]
OWNED = [Purpose.ISSUER, Purpose.CUSTODIAN]  # one of each issuer; the others are the platform's own


class CustodyWallet(models.Model):
    """An address whose key a custodian holds and which signs for one purpose."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    address = AddressField(unique=True)
    vendor = models.CharField(max_length=32, help_text="Which custodian signs: local, fireblocks, …")
    vault = models.CharField(
        max_length=128,
        blank=True,
        help_text="The custodian's own id of what holds the key.",
    )
    purpose = models.CharField(max_length=32, choices=Purpose.choices)
    owner_id = models.UUIDField(null=True, help_text="The issuer it signs for; empty: the platform's own.")
    is_assigned = models.BooleanField(default=True, help_text="A registered wallet waits until it is needed.")
    created_at = models.DateTimeField()

    audited_fields: ClassVar[tuple[str, ...]] = ("address", "vendor", "vault", "purpose", "owner_id")
    person_id = None

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="custody_wallet_one_per_owner_and_purpose",
                fields=["purpose", "owner_id"],
                condition=Q(is_assigned=True),
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                name="custody_wallet_owner_is_assigned", condition=Q(owner_id=None) | Q(is_assigned=True)
            ),
            models.CheckConstraint(
                name="custody_wallet_has_a_vault", condition=~Q(vendor__in=VENDORS) | ~Q(vault="")
            ),
            models.UniqueConstraint(
                name="custody_wallet_vault_once", fields=["vendor", "vault"], condition=~Q(vault="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_purpose_display()} {self.address}"


class NonceLane(models.Model):
    """The next nonce of an address whose transactions we number ourselves. Its row is the lane's lock."""

    chain_id = models.PositiveBigIntegerField()
    address = AddressField()
    next_nonce = models.PositiveBigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="nonce_lane_once_per_address", fields=["chain_id", "address"])
        ]

    def __str__(self) -> str:
        return f"{self.address} next {self.next_nonce}"
