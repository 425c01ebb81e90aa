import uuid
from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django_fsm import FSMField, FSMModelMixin, transition
from simple_history.models import HistoricalRecords

from assets.models import Asset
from investors.models import Investor, Wallet
from rwa_portal.core.chain_values import MAX_UNITS
from rwa_portal.core.fields import AddressField, Hash32Field, UnitsField
from rwa_portal.core.models import User


class SettlementStatus(models.TextChoices):
    REQUESTED = "REQUESTED"  # asked for here; its units are not locked on chain yet
    PENDING = "PENDING"  # RedemptionRequested is confirmed: the units are locked and wait for settlement
    SETTLED = "SETTLED"  # burned on chain, and paid
    CANCELLED = "CANCELLED"  # given up; the units are free again or never were locked
    HELD = "HELD"  # locked, but cannot be settled until what stops it is gone


class Method(models.TextChoices):
    USDC = "USDC", "USDC"  # the burn pays the holder in the same call
    # The underlying is settled outside the chain, then the units are burned.
    OFF_CHAIN = "OFF_CHAIN", "Outside the chain"
    FINAL = "FINAL", "Final redemption"  # the holder took its share of a closed asset's final redemption


class EndedBecause(models.TextChoices):
    WITHDRAWN = "WITHDRAWN"  # the investor took the request back before it was sent
    NOT_LOCKED = "NOT_LOCKED"  # the units were not locked in time
    UNITS_GONE = "UNITS_GONE"  # the units were moved, frozen or locked otherwise before they were locked
    BY_HOLDER = "BY_HOLDER"  # the holder cancelled on chain
    BY_ORDER = "BY_ORDER"  # the platform cancelled on chain, by legal order


class HeldBecause(models.TextChoices):
    WALLET_SANCTIONED = "WALLET_SANCTIONED"  # the chain calls the wallet sanctioned
    WALLET_FROZEN = "WALLET_FROZEN"  # the wallet may move nothing
    UNITS_FROZEN = "UNITS_FROZEN"  # so many of the wallet's units are frozen that too few are left to burn
    PAYEE_BLACKLISTED = "PAYEE_BLACKLISTED"  # the USDC contract refuses to pay the holder
    BY_OFFICER = "BY_OFFICER"  # an officer has stopped it


LOCKED = [SettlementStatus.PENDING, SettlementStatus.HELD]


class RedemptionQuerySet(models.QuerySet["Redemption"]):
    def of(self, user: User) -> "RedemptionQuerySet":
        return self.filter(investor__user=user)

    def of_issuer(self, user: User) -> "RedemptionQuerySet":
        """Those of the assets whose issuers this person acts for."""
        return self.filter(asset__issuer__memberships__user=user)

    def requested(self) -> "RedemptionQuerySet":
        return self.filter(settlement_status=SettlementStatus.REQUESTED)

    def locked(self) -> "RedemptionQuerySet":
        return self.filter(settlement_status__in=LOCKED)

    def overdue(self, at: datetime) -> "RedemptionQuerySet":
        return self.locked().filter(due_at__lte=at)


class Redemption(FSMModelMixin, models.Model):
    """A holder's request to give units of an asset back for money, or for the asset itself."""

    Status = SettlementStatus
    Method = Method

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    investor = models.ForeignKey(Investor, on_delete=models.PROTECT, related_name="redemptions")
    wallet = models.ForeignKey(
        Wallet, on_delete=models.PROTECT, related_name="+", help_text="Holds the units; asks and is paid."
    )
    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="redemptions")
    amount = UnitsField(help_text="In the token's smallest unit.")
    method = models.CharField(max_length=16, choices=Method.choices, default=Method.USDC)
    min_payment = UnitsField(default=0, help_text="In micro-USDC; the chain refuses to burn for less.")
    settlement_status = FSMField(
        choices=SettlementStatus.choices, default=SettlementStatus.REQUESTED, protected=True
    )
    number = UnitsField(null=True, unique=True, editable=False, help_text="The redemption's id on chain.")
    is_outside = models.BooleanField(
        default=False, editable=False, help_text="Asked for on chain, without a request in the portal."
    )
    lock_by = models.DateTimeField(null=True, help_text="A request that is not on chain by then ends.")
    locked_at = models.DateTimeField(null=True, editable=False)
    lock_tx_hash = Hash32Field(null=True, editable=False, help_text="The transaction of RedemptionRequested.")
    due_at = models.DateTimeField(null=True, help_text="When it should be settled at the latest.")
    held_because = models.CharField(max_length=24, choices=HeldBecause.choices, blank=True, editable=False)
    held_at = models.DateTimeField(null=True, editable=False)
    failure = models.TextField(
        blank=True, editable=False, help_text="Why the last attempt to settle failed, in the chain's words."
    )
    failed_at = models.DateTimeField(null=True, editable=False)
    payment = UnitsField(null=True, editable=False, help_text="What the burn paid on chain, in micro-USDC.")
    payee = AddressField(null=True, editable=False, help_text="The holder, or its successor.")
    burn_tx_hash = Hash32Field(null=True, editable=False, help_text="The transaction that burned the units.")
    settled_at = models.DateTimeField(null=True, editable=False)
    ended_because = models.CharField(max_length=16, choices=EndedBecause.choices, blank=True, editable=False)
    cancelled_at = models.DateTimeField(null=True, editable=False)
    cancel_tx_hash = Hash32Field(null=True, editable=False, help_text="The transaction that unlocked them.")
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, editable=False, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(editable=False)
    history = HistoricalRecords()

    objects = RedemptionQuerySet.as_manager()
    audited_fields: ClassVar[tuple[str, ...]] = (
        "settlement_status",
        "asset_id",
        "amount",
        "method",
        "min_payment",
        "number",
        "payment",
        "burn_tx_hash",
        "held_because",
        "ended_because",
    )

    class Meta:
        permissions = [
            ("settle_redemption", "Can have redemptions paid and burned"),
            ("record_settlement", "Can record and confirm settlements outside the chain"),
            ("hold_redemption", "Can hold and release redemptions"),
            ("cancel_redemption_for", "Can have redemptions cancelled by legal order"),
        ]
        indexes = [
            models.Index(name="redemption_by_age", fields=["created_at", "id"]),
            models.Index(
                name="redemption_locked_by_due", fields=["due_at"], condition=Q(settlement_status__in=LOCKED)
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="redemption_amounts_fit_uint96",
                condition=Q(
                    amount__gt=0, amount__lte=MAX_UNITS, min_payment__gte=0, min_payment__lte=MAX_UNITS
                ),
            ),
            models.CheckConstraint(
                name="redemption_off_chain_asks_no_usdc",
                condition=~Q(method=Method.OFF_CHAIN) | Q(min_payment=0),
            ),
            models.CheckConstraint(
                name="redemption_requested_waits_for_the_lock",
                condition=~Q(settlement_status=SettlementStatus.REQUESTED)
                | Q(number__isnull=True, locked_at__isnull=True, lock_by__isnull=False),
            ),
            models.CheckConstraint(
                name="redemption_locked_says_when",
                condition=Q(
                    number__isnull=True,
                    locked_at__isnull=True,
                    lock_tx_hash__isnull=True,
                    due_at__isnull=True,
                )
                | Q(
                    number__isnull=False,
                    locked_at__isnull=False,
                    lock_tx_hash__isnull=False,
                    due_at__isnull=False,
                ),
            ),
            models.CheckConstraint(
                name="redemption_locked_has_a_number",
                condition=~Q(settlement_status__in=LOCKED) | Q(number__isnull=False),
            ),
            models.CheckConstraint(
                name="redemption_held_says_why",
                condition=Q(settlement_status=SettlementStatus.HELD, held_at__isnull=False)
                & ~Q(held_because="")
                | ~Q(settlement_status=SettlementStatus.HELD) & Q(held_because="", held_at__isnull=True),
            ),
            models.CheckConstraint(
                name="redemption_settled_says_how",
                condition=Q(
                    settlement_status=SettlementStatus.SETTLED,
                    burn_tx_hash__isnull=False,
                    settled_at__isnull=False,
                    payment__isnull=False,
                    payee__isnull=False,
                )
                | ~Q(settlement_status=SettlementStatus.SETTLED)
                & Q(
                    burn_tx_hash__isnull=True,
                    settled_at__isnull=True,
                    payment__isnull=True,
                    payee__isnull=True,
                ),
            ),
            models.CheckConstraint(
                name="redemption_settled_was_locked_or_final",
                condition=~Q(settlement_status=SettlementStatus.SETTLED)
                | Q(method=Method.FINAL, number__isnull=True)
                | ~Q(method=Method.FINAL) & Q(number__isnull=False),
            ),
            models.CheckConstraint(
                name="redemption_final_is_settled",
                condition=~Q(method=Method.FINAL) | Q(settlement_status=SettlementStatus.SETTLED),
            ),
            models.CheckConstraint(
                name="redemption_cancelled_says_why",
                condition=Q(settlement_status=SettlementStatus.CANCELLED, cancelled_at__isnull=False)
                & ~Q(ended_because="")
                | ~Q(settlement_status=SettlementStatus.CANCELLED)
                & Q(ended_because="", cancelled_at__isnull=True, cancel_tx_hash__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"Redemption {self.pk}"

    @property
    def person_id(self) -> uuid.UUID:
        return self.investor_id

    @property
    def is_locked(self) -> bool:
        return self.settlement_status in LOCKED

    def is_overdue(self, at: datetime) -> bool:
        return self.is_locked and self.due_at is not None and self.due_at <= at

    # Transitions set fields on self and nothing else. record_* is the chain's word: only reactions call it.

    @transition(field=settlement_status, source=SettlementStatus.REQUESTED, target=SettlementStatus.PENDING)
    def record_lock(self, *, number: int, tx_hash: str, at: datetime, due_at: datetime) -> None:
        self.number, self.lock_tx_hash, self.locked_at, self.due_at = number, tx_hash, at, due_at

    @transition(field=settlement_status, source=LOCKED, target=SettlementStatus.SETTLED)
    def record_settlement(self, *, payment: int, payee: str, tx_hash: str, at: datetime) -> None:
        self.payment, self.payee, self.burn_tx_hash, self.settled_at = payment, payee, tx_hash, at
        self.held_because, self.held_at = "", None

    @transition(field=settlement_status, source=LOCKED, target=SettlementStatus.CANCELLED)
    def record_cancellation(self, *, because: EndedBecause, tx_hash: str, at: datetime) -> None:
        self.ended_because, self.cancel_tx_hash, self.cancelled_at = because, tx_hash, at
        self.held_because, self.held_at = "", None

    @transition(field=settlement_status, source=SettlementStatus.REQUESTED, target=SettlementStatus.CANCELLED)
    def drop(self, *, because: EndedBecause, at: datetime) -> None:
        self.ended_because, self.cancelled_at = because, at

    @transition(field=settlement_status, source=SettlementStatus.PENDING, target=SettlementStatus.HELD)
    def hold(self, *, because: HeldBecause, at: datetime) -> None:
        self.held_because, self.held_at = because, at

    @transition(field=settlement_status, source=SettlementStatus.HELD, target=SettlementStatus.PENDING)
    def release(self) -> None:
        self.held_because, self.held_at = "", None

    def note_failure(self, reason: str, *, at: datetime) -> None:
        """An attempt to settle it has failed; it waits as before."""
        self.failure, self.failed_at = reason, at
