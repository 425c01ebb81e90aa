import uuid
from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django_fsm import FSMField, FSMModelMixin, transition
from simple_history.models import HistoricalRecords

from corporate_actions.models.redemptions import Redemption
from rwa_portal.core.models import Document, User


class SettlementStage(models.TextChoices):
    RECORDED = "RECORDED"  # one person has shown the document of what was paid or delivered
    CONFIRMED = "CONFIRMED"  # a second person agrees; the units may be burned
    DECLINED = "DECLINED"  # the second person does not agree


class OffChainSettlement(FSMModelMixin, models.Model):
    """What a holder received outside the chain for units that are then burned, as two people attest."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    redemption = models.ForeignKey(Redemption, on_delete=models.PROTECT, related_name="settlements")
    amount = models.DecimalField(
        max_digits=38, decimal_places=8, help_text="What was paid or delivered, in the currency named."
    )
    currency = models.CharField(max_length=3, help_text="ISO 4217, metals included: EUR, USD, XAU.")
    reference = models.CharField(max_length=140, help_text="The bank's or the vault's own reference.")
    document = models.OneToOneField(Document, on_delete=models.PROTECT, related_name="+")
    status = FSMField(choices=SettlementStage.choices, default=SettlementStage.RECORDED, protected=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, editable=False, on_delete=models.PROTECT, related_name="+"
    )
    recorded_at = models.DateTimeField(editable=False)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, editable=False, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, editable=False)
    history = HistoricalRecords()

    audited_fields: ClassVar[tuple[str, ...]] = ("status", "redemption_id", "amount", "currency")

    class Meta:
        constraints = [
            models.CheckConstraint(name="settlement_amount_positive", condition=Q(amount__gt=0)),
            models.CheckConstraint(name="settlement_currency", condition=Q(currency__regex="^[A-Z]{3}$")),
            models.CheckConstraint(
                name="settlement_decided_says_who",
                condition=Q(status=SettlementStage.RECORDED, decided_by__isnull=True, decided_at__isnull=True)
                | ~Q(status=SettlementStage.RECORDED) & Q(decided_by__isnull=False, decided_at__isnull=False),
            ),
            models.CheckConstraint(
                name="settlement_confirmed_by_a_second_person",
                condition=~Q(status=SettlementStage.CONFIRMED) | ~Q(decided_by=F("recorded_by")),
            ),
            models.UniqueConstraint(
                name="settlement_one_standing_per_redemption",
                fields=["redemption"],
                condition=~Q(status=SettlementStage.DECLINED),
            ),
        ]

    def __str__(self) -> str:
        return f"Settlement {self.pk}"

    @property
    def person_id(self) -> uuid.UUID:
        return self.redemption.investor_id

    @property
    def shown_amount(self) -> str:
        text = f"{self.amount:,.8f}".rstrip("0").rstrip(".")
        return f"{text} {self.currency}"

    @transition(field=status, source=SettlementStage.RECORDED, target=SettlementStage.CONFIRMED)
    def confirm(self, *, by: User, at: datetime) -> None:
        self.decided_by, self.decided_at = by, at

    @transition(field=status, source=SettlementStage.RECORDED, target=SettlementStage.DECLINED)
    def decline(self, *, by: User, at: datetime) -> None:
        self.decided_by, self.decided_at = by, at
