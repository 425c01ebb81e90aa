from django.db import models

from rwa_portal.core.fields import AddressField, Hash32Field, UnitsField


class OrderFact(models.Model):
    """One thing an escrow has said about an order or a receipt. A projection: only events write it."""

    class Kind(models.TextChoices):
        FUNDED = "FUNDED"  # the exact price is in escrow
        SETTLED = "SETTLED"  # the price went to the issuer
        MINTED = "MINTED"  # the units went to the buyer
        REFUNDED = "REFUNDED"  # the price went back
        RECEIPT_APPROVED = "RECEIPT_APPROVED"  # compliance has named a transfer's payer
        ALLOCATED = "ALLOCATED"  # a transfer was used for an order
        PAYMENT_RETURNED = "PAYMENT_RETURNED"  # a transfer went back to its payer

    id = models.UUIDField(primary_key=True, editable=False, help_text="The event's id.")
    seq = models.PositiveBigIntegerField(unique=True)
    kind = models.CharField(max_length=20, choices=Kind.choices)
    source = AddressField(help_text="The contract that said so.")
    order_id = Hash32Field(null=True)
    receipt = Hash32Field(null=True, help_text="keccak256 of a transfer's transaction and log index.")
    party = AddressField(null=True, help_text="Who paid, was paid or received.")
    amount = UnitsField(null=True, help_text="In micro-USDC.")
    units = UnitsField(null=True, help_text="In the token's smallest unit.")
    tx_hash = Hash32Field()
    block_number = models.PositiveBigIntegerField()
    block_at = models.DateTimeField()

    class Meta:
        ordering = ["seq"]
        indexes = [models.Index(name="orderfact_by_order", fields=["order_id", "seq"])]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"
