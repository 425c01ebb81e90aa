import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django_fsm import FSMField, FSMModelMixin, transition

from rwa_portal.core.fields import AddressField


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
    CANCELLED = "CANCELLED"  # never sent
    NEEDS_REVIEW = "NEEDS_REVIEW"  # a person must decide


FAILED = [State.REJECTED, State.REVERTED, State.CANCELLED]


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


class CustodyWallet(models.Model):
    """An address whose key a custodian holds and which signs for one purpose."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    address = AddressField(unique=True)
    vendor = models.CharField(max_length=32, help_text="Which custodian signs: local, fireblocks, …")
    purpose = models.CharField(max_length=32, choices=Purpose.choices)
    owner_id = models.UUIDField(null=True, help_text="The issuer it signs for; empty: the platform's own.")
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.purpose} {self.address}"


class OperationQuerySet(models.QuerySet["ChainOperation"]):
    def claimable(self) -> "OperationQuerySet":
        ready = Q(after=None) | Q(after__state=State.CONFIRMED)
        return self.filter(ready, state=State.QUEUED)


class ChainOperation(FSMModelMixin, models.Model):
    """A call we have decided to make on chain."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    key = models.CharField(max_length=128, help_text="What it is for: subscription:<uuid>:mint.")
    kind = models.CharField(max_length=64)
    subject = models.UUIDField()
    person_id = models.UUIDField(null=True)
    to = AddressField(help_text="The contract that is called.")
    calldata = models.BinaryField()
    wallet = models.ForeignKey(CustodyWallet, on_delete=models.PROTECT, help_text="Who signs.")
    digest = models.CharField(max_length=64, help_text="Over the calldata and the facts it was decided on.")
    after = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="dependents")
    state = FSMField(choices=State.choices, default=State.AWAITING_APPROVAL, protected=True)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    requested_at = models.DateTimeField()
    state_at = models.DateTimeField(help_text="When the state was reached.")

    objects = OperationQuerySet.as_manager()
    audited_fields: ClassVar[tuple[str, ...]] = ("key", "kind", "state", "digest")

    class Meta:
        permissions = [("approve_operation", "Can approve chain operations")]
        constraints = [
            # One that failed may be asked for again; the contract itself refuses a used orderId.
            models.UniqueConstraint(
                name="operation_one_living_per_key", fields=["key"], condition=~Q(state__in=FAILED)
            ),
        ]

    def __str__(self) -> str:
        return self.key

    @transition(field=state, source=State.AWAITING_APPROVAL, target=State.QUEUED)
    def queue(self) -> None: ...

    @transition(field=state, source=State.SUBMITTING, target=State.AWAITING_APPROVAL)
    def ask_again(self) -> None: ...

    @transition(field=state, source=[State.QUEUED, State.SUBMIT_UNKNOWN], target=State.SUBMITTING)
    def claim(self) -> None: ...

    @transition(field=state, source=State.SUBMITTING, target=State.SUBMIT_UNKNOWN)
    def record_silence(self) -> None: ...

    @transition(field=state, source=[State.SUBMITTING, State.SUBMIT_UNKNOWN], target=State.CUSTODY)
    def record_accepted(self) -> None: ...

    @transition(field=state, source=[State.SUBMITTING, State.CUSTODY], target=State.REJECTED)
    def record_rejected(self) -> None: ...

    @transition(
        field=state,
        source=[State.AWAITING_APPROVAL, State.QUEUED, State.SUBMITTING],
        target=State.CANCELLED,
    )
    def cancel(self) -> None: ...

    @transition(field=state, source=State.SUBMITTING, target=State.NEEDS_REVIEW)
    def ask_a_person(self) -> None: ...


class Attempt(models.Model):
    """A request to the custodian. Its external id is committed before the call and never changes."""

    operation = models.ForeignKey(ChainOperation, on_delete=models.PROTECT, related_name="attempts")
    number = models.PositiveSmallIntegerField()
    external_id = models.UUIDField(unique=True)
    vendor_id = models.CharField(max_length=128, blank=True)
    not_found_count = models.PositiveSmallIntegerField(default=0)
    looked_up_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(name="attempt_number_once", fields=["operation", "number"])]

    def __str__(self) -> str:
        return f"{self.operation_id} attempt {self.number}"


class OperationEvent(models.Model):
    """A state an operation has reached. Append-only."""

    operation = models.ForeignKey(ChainOperation, on_delete=models.PROTECT)
    state = models.CharField(max_length=32)
    at = models.DateTimeField()
    note = models.CharField(max_length=128, blank=True)

    def __str__(self) -> str:
        return f"{self.operation_id} {self.state}"
