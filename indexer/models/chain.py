import uuid

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q

from rwa_portal.core.fields import AddressField, Hash32Field

LOG_NAMESPACE = uuid.UUID("5b0f2f0e-8d6c-5f43-9b0a-3f6c1c1f8a11")  # ours, so that a log has one id everywhere


def log_id(chain_id: int, block_hash: str, log_index: int) -> uuid.UUID:
    return uuid.uuid5(LOG_NAMESPACE, f"{chain_id}:{block_hash}:{log_index}")


class Block(models.Model):
    """A block the indexer has seen. A reorg takes its canonical flag away; nothing is deleted."""

    hash = Hash32Field(primary_key=True)
    chain_id = models.PositiveBigIntegerField()
    number = models.PositiveBigIntegerField()
    parent_hash = Hash32Field()
    at = models.DateTimeField(help_text="The chain's own time of the block.")
    is_canonical = models.BooleanField(help_text="Whether the chain still counts this block.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="block_one_canonical_per_number",
                fields=["chain_id", "number"],
                condition=Q(is_canonical=True),
            ),
        ]
        indexes = [models.Index(name="block_number", fields=["number"])]

    def __str__(self) -> str:
        return f"Block {self.number}"


class EventLogQuerySet(models.QuerySet["EventLog"]):
    def canonical(self) -> "EventLogQuerySet":
        return self.filter(block__is_canonical=True)

    def orphaned(self) -> "EventLogQuerySet":
        return self.filter(block__is_canonical=False)

    def confirmed_at(self, confirmed_number: int) -> "EventLogQuerySet":
        return self.canonical().filter(block_number__lte=confirmed_number)

    def unconfirmed_at(self, confirmed_number: int) -> "EventLogQuerySet":
        return self.canonical().filter(block_number__gt=confirmed_number)

    def naming(self, *addresses: str) -> "EventLogQuerySet":
        """Logs emitted by one of these addresses, or naming one."""
        # Bound as addresses: an array's elements would go to the database as text.
        bound = [models.Value(address, output_field=AddressField()) for address in addresses]
        return self.filter(parties__overlap=bound)


class EventLog(models.Model):
    """What a watched contract has said in one block. Append-only: the block says whether it still counts."""

    id = models.UUIDField(primary_key=True, help_text="uuid5 of chain, block hash and log index.")
    seq = models.PositiveBigIntegerField(unique=True, help_text="Gapless, in the order of arrival.")
    chain_id = models.PositiveBigIntegerField()
    block = models.ForeignKey(Block, on_delete=models.PROTECT, db_column="block_hash", related_name="logs")
    block_number = models.PositiveBigIntegerField()
    log_index = models.PositiveIntegerField()
    tx_hash = Hash32Field()
    address = AddressField(help_text="The contract that emitted it.")
    abi = models.CharField(max_length=64, help_text="The interface it was read with.")
    abi_version = models.CharField(max_length=16)
    event_name = models.CharField(
        max_length=64, blank=True, help_text="Empty: not in the interface; kept raw."
    )
    decoded_payload = models.JSONField(null=True, help_text="Integers as decimal strings.")
    parties = ArrayField(AddressField(), help_text="Who emitted it, and every address it names.")
    topics = models.BinaryField(help_text="Raw, 32 bytes each.")
    data = models.BinaryField(help_text="Raw.")
    processed_at = models.DateTimeField(help_text="When the indexer stored it.")

    objects = EventLogQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="eventlog_decoded_when_named",
                condition=Q(event_name="", decoded_payload__isnull=True)
                | (~Q(event_name="") & Q(decoded_payload__isnull=False)),
            ),
        ]
        indexes = [
            models.Index(name="eventlog_number", fields=["block_number"]),
            models.Index(name="eventlog_address", fields=["address", "seq"]),
            models.Index(name="eventlog_event", fields=["event_name", "seq"]),
            models.Index(name="eventlog_tx", fields=["tx_hash"]),
            GinIndex(name="eventlog_parties", fields=["parties"]),
        ]

    def __str__(self) -> str:
        return f"{self.full_name} {self.block_number}/{self.log_index}"

    @property
    def full_name(self) -> str:
        return f"{self.abi}.{self.event_name or '?'}"

    @property
    def block_hash(self) -> str:
        return self.block_id


class Reorg(models.Model):
    """The chain took blocks back and went on from an earlier one. Append-only."""

    chain_id = models.PositiveBigIntegerField()
    ancestor_number = models.PositiveBigIntegerField(help_text="The last block both branches share.")
    ancestor_hash = Hash32Field()
    old_head_number = models.PositiveBigIntegerField()
    old_head_hash = Hash32Field()
    new_head_number = models.PositiveBigIntegerField()
    new_head_hash = Hash32Field()
    depth = models.PositiveIntegerField(help_text="How many blocks lost their place.")
    is_beyond_confirmed = models.BooleanField(help_text="Whether it took back what had been confirmed.")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"Reorg of {self.depth} after {self.ancestor_number}"
