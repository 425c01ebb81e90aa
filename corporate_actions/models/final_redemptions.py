import uuid
from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django_fsm import FSMField, FSMModelMixin, transition
from simple_history.models import HistoricalRecords

from assets.models import Asset
from rwa_portal.core.chain_values import MAX_UNITS
from rwa_portal.core.fields import AddressField, Hash32Field, UnitsField


class FinalStatus(models.TextChoices):
    DUE = "DUE"  # the asset is closed for ever; its holders wait to be paid out
    OPENING = "OPENING"  # the price is decided; the money is on its way to the contract
    OPEN = "OPEN"  # FinalRedemptionOpened is confirmed: every holder can redeem at the price
    SWEPT = "SWEPT"  # what nobody took went to the account for unclaimed money


ON_CHAIN = [FinalStatus.OPEN, FinalStatus.SWEPT]


class FinalRedemption(FSMModelMixin, models.Model):
    """The pay-out of a closed asset: one price for every unit that is left, funded in full."""

    Status = FinalStatus

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    asset = models.OneToOneField(Asset, on_delete=models.PROTECT, related_name="final_redemption")
    price = UnitsField(null=True, help_text="Micro-USDC for one whole token.")
    expires_at = models.DateTimeField(null=True, help_text="From then on what is left may be swept.")
    funded = UnitsField(null=True, editable=False, help_text="Micro-USDC the contract received for it.")
    opened_at = models.DateTimeField(null=True, editable=False)
    open_tx_hash = Hash32Field(null=True, editable=False)
    swept = UnitsField(null=True, editable=False, help_text="Micro-USDC that nobody took.")
    swept_to = AddressField(null=True, editable=False)
    swept_at = models.DateTimeField(null=True, editable=False)
    sweep_tx_hash = Hash32Field(null=True, editable=False)
    failure = models.TextField(blank=True, editable=False, help_text="Why the last call about it failed.")
    failed_at = models.DateTimeField(null=True, editable=False)
    status = FSMField(choices=FinalStatus.choices, default=FinalStatus.DUE, protected=True)
    created_at = models.DateTimeField(editable=False)
    history = HistoricalRecords()

    person_id = None
    audited_fields: ClassVar[tuple[str, ...]] = (
        "status",
        "asset_id",
        "price",
        "expires_at",
        "funded",
        "swept",
    )

    class Meta:
        permissions = [("open_final_redemption", "Can open and sweep final redemptions")]
        constraints = [
            models.CheckConstraint(
                name="final_price_fits_uint96",
                condition=Q(price__isnull=True) | Q(price__gt=0, price__lte=MAX_UNITS),
            ),
            models.CheckConstraint(
                name="final_decided_has_terms",
                condition=Q(status=FinalStatus.DUE, price__isnull=True, expires_at__isnull=True)
                | ~Q(status=FinalStatus.DUE) & Q(price__isnull=False, expires_at__isnull=False),
            ),
            models.CheckConstraint(
                name="final_open_says_when",
                condition=Q(
                    status__in=ON_CHAIN,
                    funded__isnull=False,
                    opened_at__isnull=False,
                    open_tx_hash__isnull=False,
                )
                | ~Q(status__in=ON_CHAIN)
                & Q(funded__isnull=True, opened_at__isnull=True, open_tx_hash__isnull=True),
            ),
            models.CheckConstraint(
                name="final_swept_says_when",
                condition=Q(
                    status=FinalStatus.SWEPT,
                    swept__isnull=False,
                    swept_to__isnull=False,
                    swept_at__isnull=False,
                    sweep_tx_hash__isnull=False,
                )
                | ~Q(status=FinalStatus.SWEPT)
                & Q(
                    swept__isnull=True,
                    swept_to__isnull=True,
                    swept_at__isnull=True,
                    sweep_tx_hash__isnull=True,
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"Final redemption {self.pk}"

    @transition(field=status, source=FinalStatus.DUE, target=FinalStatus.OPENING)
    def decide(self, *, price: int, expires_at: datetime) -> None:
        self.price, self.expires_at = price, expires_at

    @transition(field=status, source=FinalStatus.OPENING, target=FinalStatus.DUE)
    def undo(self) -> None:
        self.price = self.expires_at = None

    @transition(field=status, source=[FinalStatus.DUE, FinalStatus.OPENING], target=FinalStatus.OPEN)
    def record_opening(
        self, *, price: int, funded: int, expires_at: datetime, tx_hash: str, at: datetime
    ) -> None:
        self.price, self.funded, self.expires_at = price, funded, expires_at
        self.open_tx_hash, self.opened_at = tx_hash, at

    @transition(field=status, source=FinalStatus.OPEN, target=FinalStatus.SWEPT)
    def record_sweep(self, *, amount: int, to: str, tx_hash: str, at: datetime) -> None:
        self.swept, self.swept_to, self.sweep_tx_hash, self.swept_at = amount, to, tx_hash, at

    def note_failure(self, reason: str, *, at: datetime) -> None:
        """A call about it has failed; it stands where it stood."""
        self.failure, self.failed_at = reason, at
