import uuid
from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django_fsm import FSMField, FSMModelMixin, transition

from assets.models import Asset
from rwa_portal.core.fields import AddressField, Hash32Field, UnitsField
from rwa_portal.core.models import User
from subscriptions.models.subscription import Subscription


class PaymentStatus(models.TextChoices):
    UNMATCHED = "UNMATCHED"  # nobody has said which order it is for
    LINKED = "LINKED"  # two people have said so; the escrow has still to take it
    ALLOCATED = "ALLOCATED"  # the escrow has used it for its order
    FUNDED = "FUNDED"  # it came with its order id: a deposit
    RETURNED = "RETURNED"  # the escrow has paid it back


WITH_ORDER = [PaymentStatus.LINKED, PaymentStatus.ALLOCATED]


class PaymentQuerySet(models.QuerySet["Payment"]):
    def unmatched(self) -> "PaymentQuerySet":
        return self.filter(status=PaymentStatus.UNMATCHED)

    def linked(self) -> "PaymentQuerySet":
        return self.filter(status=PaymentStatus.LINKED)


class Payment(FSMModelMixin, models.Model):
    """One confirmed USDC transfer into an asset's escrow."""

    id = models.UUIDField(primary_key=True, editable=False, help_text="The event's id.")
    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="payments")
    escrow = AddressField()
    payer = AddressField()
    amount = UnitsField(help_text="In micro-USDC.")
    tx_hash = Hash32Field()
    log_index = models.PositiveIntegerField()
    block_number = models.PositiveBigIntegerField()
    received_at = models.DateTimeField(help_text="The time of its block.")
    status = FSMField(choices=PaymentStatus.choices, default=PaymentStatus.UNMATCHED, protected=True)
    subscription = models.ForeignKey(
        Subscription, null=True, on_delete=models.PROTECT, related_name="payments"
    )
    receipt = Hash32Field(unique=True, help_text="What the escrow calls it: over transaction and log index.")
    order_id = Hash32Field(null=True, help_text="The order it funded on chain, known to the portal or not.")
    amount_allocated = UnitsField(default=0, help_text="What the escrow took from it for the order.")
    amount_returned = UnitsField(default=0)
    proposed_order = models.ForeignKey(
        Subscription,
        null=True,
        on_delete=models.PROTECT,
        related_name="proposed_payments",
        help_text="Waits for a second person.",
    )
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    proposed_at = models.DateTimeField(null=True)
    linked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    linked_at = models.DateTimeField(null=True)

    objects = PaymentQuerySet.as_manager()
    audited_fields: ClassVar[tuple[str, ...]] = ("status", "amount", "tx_hash", "subscription_id")

    class Meta:
        permissions = [
            ("link_payment", "Can say which order a payment is for"),
            ("return_payment", "Can have a payment returned to its payer"),
        ]
        ordering = ["-block_number", "-log_index"]
        constraints = [
            # The chain's own name for a receipt: the same transfer mined again is the same payment.
            models.UniqueConstraint(name="payment_once_per_log", fields=["tx_hash", "log_index"]),
            models.CheckConstraint(name="payment_amount_positive", condition=Q(amount__gt=0)),
            models.CheckConstraint(
                name="payment_used_within_amount",
                condition=Q(
                    amount_allocated__gte=0,
                    amount_returned__gte=0,
                    amount__gte=F("amount_allocated") + F("amount_returned"),
                ),
            ),
            models.CheckConstraint(
                name="payment_proposal_complete",
                condition=Q(proposed_order__isnull=True, proposed_by__isnull=True, proposed_at__isnull=True)
                | Q(proposed_by__isnull=False, proposed_at__isnull=False),
            ),
            models.CheckConstraint(
                name="payment_linked_by_two_people",
                condition=Q(linked_by__isnull=True, linked_at__isnull=True)
                | (Q(linked_at__isnull=False, proposed_by__isnull=False) & ~Q(linked_by=F("proposed_by"))),
            ),
            models.CheckConstraint(
                name="payment_with_order_was_linked",
                condition=~Q(status__in=WITH_ORDER) | Q(subscription__isnull=False, linked_at__isnull=False),
            ),
            models.CheckConstraint(
                name="payment_unmatched_has_no_order",
                condition=~Q(status=PaymentStatus.UNMATCHED)
                | Q(subscription__isnull=True, linked_at__isnull=True),
            ),
            models.CheckConstraint(
                name="payment_proposal_only_while_unmatched",
                condition=Q(status=PaymentStatus.UNMATCHED) | Q(proposed_order__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"Payment {self.pk}"

    @property
    def person_id(self) -> uuid.UUID | None:
        order = self.subscription or self.proposed_order
        return order.investor_id if order else None

    @property
    def amount_left(self) -> int:
        """What the escrow still holds of it, in micro-USDC, outside any order."""
        if self.status == PaymentStatus.FUNDED:
            return 0
        return self.amount - self.amount_allocated - self.amount_returned

    def propose(self, *, order: Subscription, by: User, at: datetime) -> None:
        self.proposed_order, self.proposed_by, self.proposed_at = order, by, at

    def drop_proposal(self) -> None:
        self.proposed_order = self.proposed_by = self.proposed_at = None

    @transition(field=status, source=PaymentStatus.UNMATCHED, target=PaymentStatus.LINKED)
    def link(self, *, by: User, at: datetime) -> None:
        self.subscription, self.proposed_order = self.proposed_order, None
        self.linked_by, self.linked_at = by, at

    @transition(field=status, source=PaymentStatus.LINKED, target=PaymentStatus.ALLOCATED)
    def record_allocation(self, *, amount: int) -> None:
        self.amount_allocated = amount

    @transition(field=status, source=PaymentStatus.UNMATCHED, target=PaymentStatus.FUNDED)
    def record_funding(self, *, order_id: str, order: Subscription | None) -> None:
        self.drop_proposal()
        self.order_id, self.subscription = order_id, order

    @transition(
        field=status,
        source=[PaymentStatus.UNMATCHED, PaymentStatus.LINKED],
        target=PaymentStatus.RETURNED,
    )
    def record_return(self, *, amount: int) -> None:
        self.proposed_order = None
        self.amount_returned = amount

    # Not a transition: the order keeps what it needed, only the rest went back.
    def record_surplus_return(self, *, amount: int) -> None:
        self.amount_returned = amount


class Refund(models.Model):
    """One confirmed payment of USDC from an escrow back to an investor or payer."""

    class Kind(models.TextChoices):
        ORDER = "ORDER"  # a funded order was cancelled or ran out: OrderRefunded
        PAYMENT = "PAYMENT"  # a plain transfer, or what was left of it: PaymentReturned

    id = models.UUIDField(primary_key=True, editable=False, help_text="The event's id.")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="refunds")
    subscription = models.ForeignKey(
        Subscription, null=True, on_delete=models.PROTECT, related_name="refunds"
    )
    payment = models.ForeignKey(Payment, null=True, on_delete=models.PROTECT, related_name="refunds")
    payee = AddressField()
    amount = UnitsField(help_text="In micro-USDC.")
    tx_hash = Hash32Field()
    block_number = models.PositiveBigIntegerField()
    refunded_at = models.DateTimeField(help_text="The time of its block.")

    class Meta:
        ordering = ["-block_number", "id"]
        constraints = [
            models.CheckConstraint(name="refund_amount_positive", condition=Q(amount__gt=0)),
        ]

    def __str__(self) -> str:
        return f"Refund {self.pk}"
