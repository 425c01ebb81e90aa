from django.db import models

from rwa_portal.core.fields import AddressField, Hash32Field


class RoleFact(models.Model):
    """Who holds which role on chain, as the role registry's events tell it. Derived: rebuilt by replay."""

    chain_id = models.PositiveBigIntegerField()
    role = Hash32Field()
    account = AddressField()
    is_held = models.BooleanField()
    updated_block = models.PositiveBigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(name="role_fact_once", fields=["chain_id", "role", "account"])]

    def __str__(self) -> str:
        return f"{self.role} {self.account}"
