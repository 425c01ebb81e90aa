import uuid
from datetime import datetime, timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Count, ExpressionWrapper, F, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce
from django_fsm import FSMField, FSMModelMixin, transition

from contracts.models.custody import CustodyWallet
from rwa_portal.core.fields import AddressField, Hash32Field, UnitsField
from rwa_portal.core.models import Approval


class State(models.TextChoices):
    AWAITING_APPROVAL = "AWAITING_APPROVAL"  # other people must consent
    QUEUED = "QUEUED"  # may be sent
    SUBMITTING = "SUBMITTING"  # a worker is about to ask the custodian, or died trying
    SUBMIT_UNKNOWN = "SUBMIT_UNKNOWN"  # we do not know whether the custodian has it
    CUSTODY = "CUSTODY"  # the custodian has it and will sign
    BROADCAST = "BROADCAST"  # signed and sent
    MINED = "MINED"  # in a canonical block
    CONFIRMED = "CONFIRMED"  # deep enough to be final
    REJECTED = "REJECTED"  # the custodian refused it
    REVERTED = "REVERTED"  # mined, confirmed, and without effect
    CANCELLED = "CANCELLED"  # never took effect, and never will
    NEEDS_REVIEW = "NEEDS_REVIEW"  # a person must decide


FAILED = [State.REJECTED, State.REVERTED, State.CANCELLED]
IN_A_BLOCK = [State.MINED, State.CONFIRMED, State.REVERTED]
MAY_BE_OUT = [State.SUBMITTING, State.SUBMIT_UNKNOWN]  # asked, not answered


class OperationQuerySet(models.QuerySet["ChainOperation"]):
    def claimable(self, *, at: datetime) -> "OperationQuerySet":
        """Queued, its predecessor confirmed, and what it has to wait since then over."""
        latest = ExpressionWrapper(Value(at) - F("wait"), output_field=models.DateTimeField())
        ready = Q(after=None) | Q(after__state=State.CONFIRMED, after__confirmed_at__lte=latest)
        return self.filter(ready, state=State.QUEUED)

    def with_consents(self) -> "OperationQuerySet":
        """Add `consents_given`, the consents that count, so that a list asks once."""
        counting = Approval.objects.filter(subject=OuterRef("pk"), digest=OuterRef("digest"))
        counting = counting.exclude(by=OuterRef("requested_by")).order_by()
        given = Subquery(counting.values("subject").annotate(given=Count("pk")).values("given"))
        return self.annotate(consents_given=Coalesce(given, 0))

    def on_their_way(self) -> "OperationQuerySet":
        """Sent, or perhaps sent, and not yet final."""
        return self.filter(state__in=[State.BROADCAST, State.MINED, State.NEEDS_REVIEW])

    def open_on_chain(self) -> "OperationQuerySet":
        """Sent and not final, or confirmed and not yet heard of."""
        return self.filter(
            Q(state__in=[State.BROADCAST, State.MINED, State.NEEDS_REVIEW])
            | Q(state=State.CONFIRMED, settled_at=None)
        )


class ChainOperation(FSMModelMixin, models.Model):
    """A call we have decided to make on chain."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    chain_id = models.PositiveBigIntegerField()
    key = models.CharField(max_length=128, help_text="What it is for; one living operation each.")
    kind = models.CharField(max_length=64, help_text="Which app asks, and for what.")
    subject = models.UUIDField(help_text="The row that asked for it.")
    person_id = models.UUIDField(null=True)
    to = AddressField(help_text="The contract that is called.")
    calldata = models.BinaryField()
    wallet = models.ForeignKey(CustodyWallet, on_delete=models.PROTECT, help_text="Who signs.")
    facts = models.JSONField(default=dict, help_text="What the decision rests on; read again before sending.")
    digest = models.CharField(max_length=64, help_text="Over the calldata and the facts it was decided on.")
    after = models.ForeignKey(
        "self",
        null=True,
        on_delete=models.PROTECT,
        related_name="dependents",
        help_text="Sent only when this one is CONFIRMED; cancelled with it.",
    )
    wait = models.DurationField(
        default=timedelta, help_text="How long after that it is sent: a timelock's delay."
    )
    state = FSMField(choices=State.choices, default=State.AWAITING_APPROVAL, protected=True)
    state_at = models.DateTimeField(help_text="When the state was reached.")
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    requested_at = models.DateTimeField()

    vendor_status = models.CharField(max_length=64, blank=True, help_text="In the custodian's own words.")
    tx_hash = Hash32Field(null=True, help_text="The transaction that carries it, the newest if replaced.")
    block_number = models.PositiveBigIntegerField(null=True)
    block_hash = Hash32Field(null=True)
    gas_used = models.PositiveBigIntegerField(null=True)
    gas_price = UnitsField(null=True, help_text="Wei paid per unit of gas.")
    failure = models.TextField(blank=True, help_text="Why it failed, or what a person must look at.")
    confirmed_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True, help_text="When its expected event was found consumed.")

    objects = OperationQuerySet.as_manager()
    audited_fields: ClassVar[tuple[str, ...]] = ("key", "kind", "state", "digest")

    class Meta:
        permissions = [
            ("approve_operation", "Can approve chain operations"),
            ("cancel_operation", "Can cancel chain operations"),
            ("resolve_operation", "Can look up chain operations that need review"),
        ]
        constraints = [
            # One that failed may be asked for again; the contract itself refuses a used orderId.
            models.UniqueConstraint(
                name="operation_one_living_per_key", fields=["key"], condition=~Q(state__in=FAILED)
            ),
            models.CheckConstraint(
                name="operation_in_a_block_names_it",
                condition=~Q(state__in=IN_A_BLOCK)
                | Q(tx_hash__isnull=False, block_number__isnull=False, block_hash__isnull=False),
            ),
            models.CheckConstraint(
                name="operation_sent_has_a_hash",
                condition=~Q(state=State.BROADCAST) | Q(tx_hash__isnull=False),
            ),
            models.CheckConstraint(
                name="operation_waits_after_another",
                condition=Q(wait=timedelta()) | Q(wait__gt=timedelta(), after__isnull=False),
            ),
        ]
        indexes = [
            models.Index(
                name="operation_queue", fields=["requested_at", "id"], condition=Q(state=State.QUEUED)
            ),
            models.Index(
                name="operation_under_way",
                fields=["state", "state_at"],
                condition=~Q(state__in=[*FAILED, State.CONFIRMED]),
            ),
            models.Index(name="operation_unsettled", fields=["confirmed_at"], condition=Q(settled_at=None)),
            models.Index(name="operation_subject", fields=["subject"]),
            models.Index(name="operation_tx_hash", fields=["tx_hash"]),
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def ready_at(self) -> datetime | None:
        """From when it may be sent; None if it waits for nothing, or for one that is not confirmed yet."""
        if self.after is None or self.after.confirmed_at is None:
            return None
        return self.after.confirmed_at + self.wait

    @transition(field=state, source=State.AWAITING_APPROVAL, target=State.QUEUED)
    def queue(self) -> None: ...

    @transition(field=state, source=State.SUBMITTING, target=State.AWAITING_APPROVAL)
    def ask_again(self) -> None: ...

    @transition(field=state, source=[State.QUEUED, State.SUBMIT_UNKNOWN], target=State.SUBMITTING)
    def claim(self) -> None: ...

    @transition(field=state, source=State.SUBMITTING, target=State.SUBMIT_UNKNOWN)
    def record_silence(self) -> None: ...

    @transition(field=state, source=[*MAY_BE_OUT, State.NEEDS_REVIEW], target=State.CUSTODY)
    def record_accepted(self) -> None: ...

    @transition(
        field=state,
        source=[*MAY_BE_OUT, State.CUSTODY, State.MINED, State.NEEDS_REVIEW],
        target=State.BROADCAST,
    )
    def record_broadcast(self, tx_hash: str) -> None:
        """Also the way back when a reorg has taken the block."""
        self.tx_hash = tx_hash
        self.block_number = self.block_hash = self.gas_used = self.gas_price = None

    @transition(field=state, source=State.BROADCAST, target=State.MINED)
    def record_mined(self, *, tx_hash: str, block_number: int, block_hash: str) -> None:
        self.tx_hash, self.block_number, self.block_hash = tx_hash, block_number, block_hash

    @transition(field=state, source=State.MINED, target=State.CONFIRMED)
    def record_confirmed(self) -> None: ...

    @transition(field=state, source=State.MINED, target=State.REVERTED)
    def record_reverted(self, reason: str) -> None:
        self.failure = reason

    @transition(field=state, source=[*MAY_BE_OUT, State.CUSTODY, State.NEEDS_REVIEW], target=State.REJECTED)
    def record_rejected(self, reason: str) -> None:
        self.failure = reason

    @transition(
        field=state,
        source=[State.AWAITING_APPROVAL, State.QUEUED, State.SUBMITTING, State.CUSTODY, State.NEEDS_REVIEW],
        target=State.CANCELLED,
    )
    def cancel(self, reason: str) -> None:
        self.failure = reason

    @transition(field=state, source=State.MINED, target=State.CANCELLED)
    def record_displaced(self, reason: str) -> None:
        """Another transaction took its nonce and is final: this one can never take effect."""
        self.failure = reason

    @transition(field=state, source=[*MAY_BE_OUT, State.CUSTODY, State.BROADCAST], target=State.NEEDS_REVIEW)
    def ask_a_person(self, reason: str) -> None:
        self.failure = reason


class Attempt(models.Model):
    """A request to the custodian. Its external id is committed before the call and never changes."""

    operation = models.ForeignKey(ChainOperation, on_delete=models.PROTECT, related_name="attempts")
    number = models.PositiveSmallIntegerField()
    external_id = models.UUIDField(unique=True)
    vendor_id = models.CharField(max_length=128, blank=True)
    # Where we number the transactions ourselves: what is sent, and sent again, is exactly this.
    nonce = models.PositiveBigIntegerField(null=True)
    payload = models.BinaryField(null=True)
    tx_hash = Hash32Field(null=True)
    is_void = models.BooleanField(
        default=False, help_text="It carries no call: it only takes the nonce of one that must not happen."
    )
    replaced_hashes = models.JSONField(
        default=list, help_text="Hashes the custodian has named before; one of them can still be mined."
    )
    vendor_at = models.DateTimeField(null=True, help_text="The custodian's own time of what we know of it.")
    not_found_count = models.PositiveSmallIntegerField(default=0)
    looked_up_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="attempt_number_once", fields=["operation", "number"]),
            models.CheckConstraint(
                name="attempt_payload_has_nonce",
                condition=Q(payload=None, nonce=None) | Q(payload__isnull=False, nonce__isnull=False),
            ),
        ]
        indexes = [models.Index(name="attempt_tx_hash", fields=["tx_hash"])]

    def __str__(self) -> str:
        return f"{self.operation_id} attempt {self.number}"


class OperationEvent(models.Model):
    """A state an operation has reached. Append-only."""

    operation = models.ForeignKey(ChainOperation, on_delete=models.PROTECT, related_name="events")
    state = models.CharField(max_length=32, choices=State.choices)
    at = models.DateTimeField()
    note = models.CharField(max_length=256, blank=True)

    def __str__(self) -> str:
        return f"{self.operation_id} {self.state}"
