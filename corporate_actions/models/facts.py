from django.db import models

from rwa_portal.core.fields import AddressField, Hash32Field, UnitsField


class Fact(models.Model):
    """One thing a contract has said, as one row. A projection: only the chain's events write it."""

    id = models.UUIDField(primary_key=True, editable=False, help_text="The event's id.")
    seq = models.PositiveBigIntegerField(unique=True)
    source = AddressField(help_text="The contract that said so.")
    number = UnitsField(null=True, help_text="The contract's own number of what this is about.")
    token = AddressField(null=True, help_text="The asset's token, where the event names it.")
    holder = AddressField(null=True, help_text="Whose units it is about.")
    party = AddressField(null=True, help_text="Who paid or was paid.")
    amount = UnitsField(null=True, help_text="In micro-USDC.")
    tx_hash = Hash32Field()
    block_number = models.PositiveBigIntegerField()
    block_at = models.DateTimeField()

    class Meta:
        abstract = True
        ordering = ["seq"]


class DistributionFact(Fact):
    """One thing the dividend distributor has said about a distribution."""

    class Kind(models.TextChoices):
        DECLARED = "DECLARED"  # the snapshot is taken and the amount fixed
        FUNDED = "FUNDED"  # money came in
        OPENED = "OPENED"  # the whole amount is there; holders may claim
        CLAIMED = "CLAIMED"  # a holder was paid
        CLAIM_SKIPPED = "CLAIM_SKIPPED"  # a holder of a batch could not be paid
        HELD = "HELD"  # a holder's share is kept out of the sweep
        SWEPT = "SWEPT"  # what nobody claimed went to the account for unclaimed funds
        CANCELLED = "CANCELLED"  # given up before it opened

    kind = models.CharField(max_length=16, choices=Kind.choices)
    snapshot_id = UnitsField(null=True, help_text="The token's snapshot.")
    eligible_units = UnitsField(null=True, help_text="Units entitled at the snapshot, in the smallest unit.")
    total_funded = UnitsField(null=True, help_text="In micro-USDC, after this event.")
    expires_at = models.DateTimeField(null=True, help_text="When what is unclaimed may be swept.")

    class Meta(Fact.Meta):
        indexes = [models.Index(name="distributionfact_by_number", fields=["number", "seq"])]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"


class RedemptionFact(Fact):
    """One thing the redemption module has said about units that go back to the issuer."""

    class Kind(models.TextChoices):
        REQUESTED = "REQUESTED"  # the units are locked in place
        CANCELLED = "CANCELLED"  # the units are free again
        SETTLED = "SETTLED"  # burned and paid
        FINAL_OPENED = "FINAL_OPENED"  # the closed asset can be redeemed at one price
        FINAL_REDEEMED = "FINAL_REDEEMED"  # a holder's whole balance was burned and paid
        FINAL_SWEPT = "FINAL_SWEPT"  # the rest went to the account for unclaimed funds
        RETIRED = "RETIRED"  # an excluded account's units were burned unpaid

    kind = models.CharField(max_length=16, choices=Kind.choices)
    units = UnitsField(null=True, help_text="In the token's smallest unit.")
    price = UnitsField(null=True, help_text="Micro-USDC for one whole token.")
    expires_at = models.DateTimeField(null=True, help_text="When what is left may be swept.")

    class Meta(Fact.Meta):
        indexes = [models.Index(name="redemptionfact_by_number", fields=["number", "seq"])]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"
