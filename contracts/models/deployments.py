from django.db import models
from django.db.models import Q

from rwa_portal.core.fields import AddressField, Hash32Field


class Deployment(models.Model):
    """A contract of the suite, where it stands, and the code that was put there."""

    network = models.CharField(max_length=32)
    chain_id = models.PositiveBigIntegerField()
    name = models.CharField(max_length=64, help_text="As in the specification: ComplianceModule, USDC, …")
    address = AddressField()
    abi_version = models.CharField(max_length=16)
    code_hash = Hash32Field(help_text="Keccak-256 of the code at the address.")
    implementation = AddressField(null=True, help_text="The code a proxy runs.")
    block_number = models.PositiveBigIntegerField()
    tx_hash = Hash32Field(null=True, help_text="Empty where it was there before us (Circle's USDC).")
    deployed_at = models.DateTimeField()
    eip712_name = models.CharField(
        max_length=64, blank=True, help_text="Of its signing domain, if it has one."
    )
    eip712_version = models.CharField(max_length=16, blank=True)
    is_mock = models.BooleanField(default=False, help_text="A stand-in; only chain 31337 may have one.")

    class Meta:
        constraints = [
            models.UniqueConstraint(name="deployment_name_once_per_chain", fields=["chain_id", "name"]),
            models.CheckConstraint(
                name="deployment_mock_only_on_dev", condition=Q(is_mock=False) | Q(chain_id=31337)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} on {self.network}"


class DeploymentStep(models.Model):
    """One transaction of a deployment. It is committed before it is sent, so a killed deployment resumes."""

    chain_id = models.PositiveBigIntegerField()
    number = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=128)
    sender = AddressField()
    nonce = models.PositiveBigIntegerField()
    payload = models.BinaryField()
    payload_hash = Hash32Field(help_text="Of what the step calls and with which data.")
    tx_hash = Hash32Field()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="deployment_step_once", fields=["chain_id", "number"]),
            models.UniqueConstraint(
                name="deployment_step_nonce_once", fields=["chain_id", "sender", "nonce"]
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"
