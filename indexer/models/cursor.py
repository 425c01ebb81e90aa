from django.db import models

from rwa_portal.core.fields import AddressField, Hash32Field


class Cursor(models.Model):
    """
    How far the indexer has read and confirmed one chain, and who may write now.

    Every write locks this row and compares the epoch, so a writer that lost its lease changes nothing.
    """

    chain_id = models.PositiveBigIntegerField(primary_key=True)
    owner = models.CharField(max_length=128, blank=True, help_text="The process that holds the lease.")
    epoch = models.PositiveBigIntegerField(default=0, help_text="Rises whenever the lease changes hands.")
    renewed_at = models.DateTimeField()
    polled_at = models.DateTimeField(help_text="When the chain's head was last compared with ours.")
    head_number = models.PositiveBigIntegerField(null=True, help_text="The last block read.")
    head_hash = Hash32Field(null=True)
    head_at = models.DateTimeField(null=True)
    confirmed_number = models.PositiveBigIntegerField(null=True, help_text="The last block that counts.")
    confirmed_hash = Hash32Field(null=True)
    last_seq = models.PositiveBigIntegerField(default=0, help_text="Of the last log stored.")
    reacted_number = models.PositiveBigIntegerField(default=0, help_text="Block of the last log reacted to.")
    reacted_index = models.PositiveIntegerField(default=0, help_text="Up to which log of that block.")
    digest = models.BinaryField(max_length=32, default=bytes(32), help_text="Of all projected logs.")

    def __str__(self) -> str:
        return f"Cursor of chain {self.chain_id}"


class Watched(models.Model):
    """A contract whose events are read, from a block on. Inserted before the contract exists."""

    class Kind(models.TextChoices):
        CONTRACT = "CONTRACT"  # every event of it
        PAYMENT_TOKEN = "PAYMENT_TOKEN"  # only its Transfers into a watched Escrow

    chain_id = models.PositiveBigIntegerField()
    address = AddressField()
    abi = models.CharField(max_length=64, help_text="The interface its events are read with.")
    kind = models.CharField(max_length=16, choices=Kind.choices, default=Kind.CONTRACT)
    token = AddressField(null=True, help_text="The asset's token this contract belongs to.")
    from_block = models.PositiveBigIntegerField(help_text="The first block that can hold an event of it.")
    watched_at = models.DateTimeField()
    read_at = models.DateTimeField(
        null=True, help_text="When the blocks before it was watched were read for it."
    )

    class Meta:
        verbose_name_plural = "watched"
        constraints = [
            models.UniqueConstraint(name="watched_address_once", fields=["chain_id", "address"]),
        ]

    def __str__(self) -> str:
        return f"{self.abi} {self.address}"
