from django.db import models
from django.db.models import Q

from rwa_portal.core.fields import AddressField, UnitsField


class Freeze(models.Model):
    """What of a wallet's units of one token is frozen. A projection of Frozen and AddressFrozen."""

    chain_id = models.PositiveBigIntegerField()
    token = AddressField()
    wallet = AddressField()
    units = UnitsField(default=0, help_text="Frozen units, in the smallest unit; may exceed the holding.")
    is_whole = models.BooleanField(default=False, help_text="The wallet may move none of this token.")
    updated_block = models.PositiveBigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="freeze_once", fields=["chain_id", "token", "wallet"]),
            models.CheckConstraint(name="freeze_units_not_negative", condition=Q(units__gte=0)),
        ]

    def __str__(self) -> str:
        return f"{self.units} of {self.token} in {self.wallet}"
