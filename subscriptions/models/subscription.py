import uuid
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django_fsm import FSMField, FSMModelMixin, transition
from simple_history.models import HistoricalRecords

from assets.models import Asset
from investors.models import Investor, Wallet
from rwa_portal.core.chain_values import MAX_UNITS
from rwa_portal.core.fields import Hash32Field, UnitsField
from rwa_portal.core.models import User

SETTLE_AFTER_PAY = timedelta(days=7)  # the escrow refuses an order that leaves the issuer less


class Status(models.TextChoices):
    REQUESTED = "REQUESTED"  # the investor has ordered
    UNDERPAID = "UNDERPAID"  # the linked transfers sum to less than the price
    PAID = "PAID"  # OrderFunded is confirmed: the exact payment is in escrow
    APPROVED = "APPROVED"  # an officer has accepted; a mint waits for approvals or is under way
    MINTED = "MINTED"  # OrderSettled is confirmed: the tokens are the investor's
    HELD = "HELD"  # an officer has stopped the order
    EXPIRED = "EXPIRED"  # not paid in time
    REJECTED = "REJECTED"  # an officer has refused the order
    REFUNDED = "REFUNDED"  # the chain has confirmed that the money went back


AWAITING_PAYMENT = [Status.REQUESTED, Status.UNDERPAID]
PAYMENT_CONFIRMED = [Status.PAID, Status.APPROVED, Status.MINTED, Status.HELD]


def _was_approved(order: Any) -> bool:
    return order.approved_at is not None


class SubscriptionQuerySet(models.QuerySet["Subscription"]):
    def of(self, user: User) -> "SubscriptionQuerySet":
        return self.filter(investor__user=user)

    def counted_as_sold(self) -> "SubscriptionQuerySet":
        """Orders an officer has accepted; a held one may still be minted by the call that is on its way."""
        return self.filter(approved_at__isnull=False)

    def overdue(self, at: datetime) -> "SubscriptionQuerySet":
        return self.filter(status__in=AWAITING_PAYMENT, pay_by__lte=at)


class Subscription(FSMModelMixin, models.Model):
    """An investor's order to buy newly issued tokens."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    investor = models.ForeignKey(Investor, on_delete=models.PROTECT, related_name="subscriptions")
    wallet = models.ForeignKey(
        Wallet, on_delete=models.PROTECT, related_name="+", help_text="Pays, and receives the tokens."
    )
    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="subscriptions")
    amount_requested = UnitsField(help_text="In the token's smallest unit.")
    payment_due = UnitsField(help_text="In micro-USDC: units times price, rounded up.")
    pay_by = models.DateTimeField(help_text="The escrow takes no payment for the order from then on.")
    settle_by = models.DateTimeField(help_text="Until then it may be minted; then anyone may refund it.")
    terms_hash = Hash32Field(help_text="The subscription agreement which the investor accepted.")
    order_id = Hash32Field(unique=True, help_text="The order's id on chain, over all its terms.")
    payment_tx_hash = Hash32Field(null=True, editable=False, help_text="The transaction of OrderFunded.")
    paid_at = models.DateTimeField(null=True, editable=False)
    status = FSMField(choices=Status.choices, default=Status.REQUESTED, protected=True)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, editable=False, on_delete=models.PROTECT, related_name="+"
    )
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, editable=False, on_delete=models.PROTECT, related_name="+"
    )
    approved_at = models.DateTimeField(null=True, editable=False)
    mint_tx_hash = Hash32Field(null=True, editable=False, help_text="The transaction of OrderSettled.")
    minted_at = models.DateTimeField(null=True, editable=False)
    refund_tx_hash = Hash32Field(null=True, editable=False)
    refunded_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(editable=False)
    history = HistoricalRecords()

    objects = SubscriptionQuerySet.as_manager()
    audited_fields: ClassVar[tuple[str, ...]] = (
        "status",
        "asset_id",
        "amount_requested",
        "payment_due",
        "terms_hash",
        "payment_tx_hash",
    )

    class Meta:
        permissions = [
            ("approve_subscription", "Can approve, hold and release subscriptions"),
            ("reject_subscription", "Can reject subscriptions and have them refunded"),
        ]
        indexes = [
            models.Index(name="subscription_by_age", fields=["created_at", "id"]),
            models.Index(
                name="subscription_awaiting_payment",
                fields=["pay_by"],
                condition=Q(status__in=AWAITING_PAYMENT),
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="subscription_amounts_positive",
                condition=Q(amount_requested__gt=0, payment_due__gt=0),
            ),
            models.CheckConstraint(
                name="subscription_amounts_fit_uint96",
                condition=Q(amount_requested__lte=MAX_UNITS, payment_due__lte=MAX_UNITS),
            ),
            models.CheckConstraint(
                name="subscription_pay_by_after_request", condition=Q(pay_by__gt=F("created_at"))
            ),
            models.CheckConstraint(
                name="subscription_settle_by_a_week_after_pay_by",
                condition=Q(settle_by__gte=F("pay_by") + SETTLE_AFTER_PAY),
            ),
            models.CheckConstraint(
                name="subscription_approved_at_and_by_together",
                condition=Q(approved_at__isnull=True, approved_by__isnull=True)
                | Q(approved_at__isnull=False, approved_by__isnull=False),
            ),
            models.CheckConstraint(
                name="subscription_approved_says_who",
                condition=~Q(status__in=[Status.APPROVED, Status.MINTED]) | Q(approved_at__isnull=False),
            ),
            models.CheckConstraint(
                name="subscription_approval_only_while_it_counts",
                condition=Q(status__in=[Status.APPROVED, Status.MINTED, Status.HELD])
                | Q(approved_at__isnull=True),
            ),
            models.CheckConstraint(
                name="subscription_payment_and_time_together",
                condition=Q(payment_tx_hash__isnull=True, paid_at__isnull=True)
                | Q(payment_tx_hash__isnull=False, paid_at__isnull=False),
            ),
            models.CheckConstraint(
                name="subscription_paid_has_payment",
                condition=~Q(status__in=PAYMENT_CONFIRMED) | Q(payment_tx_hash__isnull=False),
            ),
            models.CheckConstraint(
                name="subscription_unpaid_has_none",
                condition=~Q(status__in=AWAITING_PAYMENT) | Q(payment_tx_hash__isnull=True),
            ),
            models.CheckConstraint(
                name="subscription_minted_says_when",
                condition=Q(status=Status.MINTED, mint_tx_hash__isnull=False, minted_at__isnull=False)
                | (~Q(status=Status.MINTED) & Q(mint_tx_hash__isnull=True, minted_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="subscription_refunded_says_when",
                condition=Q(status=Status.REFUNDED, refund_tx_hash__isnull=False, refunded_at__isnull=False)
                | (~Q(status=Status.REFUNDED) & Q(refund_tx_hash__isnull=True, refunded_at__isnull=True)),
            ),
        ]

    def __str__(self) -> str:
        return f"Subscription {self.pk}"

    @property
    def person_id(self) -> uuid.UUID:
        return self.investor_id

    @property
    def is_funded(self) -> bool:
        """Its money is or was in the escrow under its order id."""
        return self.payment_tx_hash is not None

    # Transitions set fields on self and nothing else. record_* is the chain's word: only reactions call it.

    @transition(field=status, source=Status.REQUESTED, target=Status.UNDERPAID)
    def note_underpayment(self) -> None: ...

    @transition(field=status, source=AWAITING_PAYMENT, target=Status.PAID)
    def record_payment(self, *, tx_hash: str, at: datetime) -> None:
        self.payment_tx_hash, self.paid_at = tx_hash, at

    @transition(field=status, source=Status.PAID, target=Status.APPROVED)
    def approve(self, *, by: User, at: datetime) -> None:
        self.approved_by, self.approved_at = by, at

    @transition(field=status, source=Status.APPROVED, target=Status.PAID)
    def undo_approval(self) -> None:
        self.approved_by = self.approved_at = None

    @transition(field=status, source=Status.APPROVED, target=Status.MINTED)
    def record_mint(self, *, tx_hash: str, at: datetime) -> None:
        self.mint_tx_hash, self.minted_at = tx_hash, at

    @transition(field=status, source=[Status.PAID, Status.APPROVED], target=Status.HELD)
    def hold(self) -> None: ...

    @transition(field=status, source=Status.HELD, target=Status.PAID)
    def release(self) -> None:
        self.approved_by = self.approved_at = None

    @transition(field=status, source=Status.HELD, target=Status.APPROVED, conditions=[_was_approved])
    def resume(self) -> None: ...

    @transition(field=status, source=AWAITING_PAYMENT, target=Status.EXPIRED)
    def expire(self) -> None: ...

    @transition(field=status, source=[Status.REQUESTED, Status.PAID], target=Status.REJECTED)
    def reject(self) -> None: ...

    @transition(field=status, source=[Status.EXPIRED, Status.REJECTED, Status.PAID], target=Status.REFUNDED)
    def record_refund(self, *, tx_hash: str, at: datetime) -> None:
        self.refund_tx_hash, self.refunded_at = tx_hash, at

    def note_late_payment(self, *, tx_hash: str, at: datetime) -> None:
        """The money reached the escrow after the order had ended; it changes nothing but can be refunded."""
        self.payment_tx_hash, self.paid_at = tx_hash, at
