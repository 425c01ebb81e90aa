from django.db import models
from django.db.models import Q

from rwa_portal.core.fields import AddressField, UnitsField


class Holding(models.Model):
    """How many units of a token a wallet has at the confirmed block. A projection of Transfer."""

    chain_id = models.PositiveBigIntegerField()
    token = AddressField()
    wallet = AddressField()
    units = UnitsField(help_text="In the token's smallest unit.")
    updated_block = models.PositiveBigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="holding_once", fields=["chain_id", "token", "wallet"]),
            models.CheckConstraint(name="holding_units_not_negative", condition=Q(units__gte=0)),
        ]
        indexes = [models.Index(name="holding_wallet", fields=["wallet"])]

    def __str__(self) -> str:
        return f"{self.units} of {self.token} in {self.wallet}"


class HoldingChange(models.Model):
    """What a wallet had at the end of a block that moved its units. A projection of Transfer."""

    chain_id = models.PositiveBigIntegerField()
    token = AddressField()
    wallet = AddressField()
    block_number = models.PositiveBigIntegerField()
    units = UnitsField(help_text="After the block, in the token's smallest unit.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="holdingchange_once", fields=["chain_id", "token", "wallet", "block_number"]
            ),
            models.CheckConstraint(name="holdingchange_units_not_negative", condition=Q(units__gte=0)),
        ]

    def __str__(self) -> str:
        return f"{self.units} of {self.token} in {self.wallet} at {self.block_number}"
