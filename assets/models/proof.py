import uuid
from datetime import datetime, timedelta
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django_fsm import FSMField, FSMModelMixin, transition
from simple_history.models import HistoricalRecords

from assets.models.asset import Asset
from rwa_portal.core.chain_values import MAX_UNITS, format_units
from rwa_portal.core.fields import Hash32Field, UnitsField
from rwa_portal.core.models import Document, User


class ProofStatus(models.TextChoices):
    SUBMITTED = "SUBMITTED"  # recorded; a second person and then the chain must confirm it
    VALID = "VALID"  # CustodyAttested is confirmed and it has not run out
    EXPIRED = "EXPIRED"  # run out, revoked or replaced: nothing is minted on it


class ProofQuerySet(models.QuerySet["CustodyProof"]):
    def valid_at(self, at: datetime) -> "ProofQuerySet":
        return self.filter(status=ProofStatus.VALID, expiry_at__gt=at)

    def run_out_at(self, at: datetime) -> "ProofQuerySet":
        return self.exclude(status=ProofStatus.EXPIRED).filter(expiry_at__lte=at)

    def expiring_within(self, at: datetime, *, days: int) -> "ProofQuerySet":
        return self.filter(expiry_at__lte=at + timedelta(days=days))


class CustodyProof(FSMModelMixin, models.Model):
    """The custodian's certificate that it holds an asset which backs a number of units until a day."""

    Status = ProofStatus

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="proofs")
    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="+")
    file_name = models.CharField(max_length=255)
    custodian_reference = models.CharField(
        max_length=128, help_text="The certificate's number at the custodian."
    )
    proof_hash = Hash32Field(help_text="SHA-256 of the certificate.")
    units = UnitsField(help_text="How many of the token's smallest units it backs.")
    burned_seen = UnitsField(default=0, help_text="Redeemed units which the certificate already takes off.")
    expiry_at = models.DateTimeField(
        null=True, help_text="Until when it is good; empty: 399 days from its verification."
    )
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", editable=False)
    recorded_at = models.DateTimeField(editable=False)
    verified_by = models.ForeignKey(
        User, null=True, on_delete=models.PROTECT, related_name="+", editable=False
    )
    verified_at = models.DateTimeField(null=True, editable=False)
    attested_at = models.DateTimeField(null=True, editable=False, help_text="The block's time.")
    attest_tx_hash = Hash32Field(null=True, editable=False)
    status = FSMField(choices=ProofStatus.choices, default=ProofStatus.SUBMITTED, protected=True)
    expired_because = models.CharField(max_length=32, blank=True, editable=False)
    warned_days = models.PositiveSmallIntegerField(
        null=True, editable=False, help_text="The smallest of 30, 7 and 1 days whose warning was sent."
    )
    history = HistoricalRecords()

    objects = ProofQuerySet.as_manager()
    audited_fields: ClassVar[tuple[str, ...]] = ("status", "asset_id", "proof_hash", "units", "expiry_at")
    person_id = None

    class Meta:
        permissions = [
            ("record_proof", "Can record custody proofs"),
            ("verify_proof", "Can verify custody proofs"),
        ]
        constraints = [
            models.UniqueConstraint(name="proof_hash_once_per_asset", fields=["asset", "proof_hash"]),
            models.UniqueConstraint(
                name="proof_one_valid_per_asset", fields=["asset"], condition=Q(status=ProofStatus.VALID)
            ),
            models.CheckConstraint(
                name="proof_units_positive_and_fit_the_chain", condition=Q(units__gt=0, units__lte=MAX_UNITS)
            ),
            models.CheckConstraint(
                name="proof_burned_seen_fits_the_chain",
                condition=Q(burned_seen__gte=0, burned_seen__lte=MAX_UNITS),
            ),
            models.CheckConstraint(
                name="proof_verified_at_and_by_together",
                condition=Q(verified_at__isnull=True, verified_by__isnull=True)
                | Q(verified_at__isnull=False, verified_by__isnull=False),
            ),
            models.CheckConstraint(
                name="proof_verified_by_a_second_person",
                condition=Q(verified_by=None) | ~Q(verified_by=F("recorded_by")),
            ),
            models.CheckConstraint(
                name="proof_valid_is_verified_attested_and_ends",
                condition=~Q(status=ProofStatus.VALID)
                | Q(
                    verified_at__isnull=False,
                    attested_at__isnull=False,
                    attest_tx_hash__isnull=False,
                    expiry_at__isnull=False,
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"Custody proof {self.custodian_reference}"

    @property
    def is_verified(self) -> bool:
        return self.verified_at is not None

    @property
    def shown_units(self) -> str:
        return format_units(self.units, self.asset.decimals)

    # verify and undo_verification keep the status: VALID is the chain's word.

    @transition(field=status, source=ProofStatus.SUBMITTED, target=ProofStatus.SUBMITTED)
    def verify(self, *, expiry_at: datetime, by: User, at: datetime) -> None:
        self.verified_by, self.verified_at, self.expiry_at = by, at, expiry_at

    @transition(field=status, source=ProofStatus.SUBMITTED, target=ProofStatus.SUBMITTED)
    def undo_verification(self) -> None:
        self.verified_by = self.verified_at = None

    @transition(field=status, source=ProofStatus.SUBMITTED, target=ProofStatus.VALID)
    def record_attested(self, *, expiry_at: datetime, tx_hash: str, at: datetime) -> None:
        self.expiry_at, self.attest_tx_hash, self.attested_at = expiry_at, tx_hash, at

    @transition(field=status, source=[ProofStatus.SUBMITTED, ProofStatus.VALID], target=ProofStatus.EXPIRED)
    def expire(self, *, because: str) -> None:
        self.expired_because = because

    @transition(field=status, source=ProofStatus.VALID, target=ProofStatus.EXPIRED)
    def record_revoked(self) -> None:
        self.expired_because = "revoked"

    @transition(field=status, source=ProofStatus.VALID, target=ProofStatus.EXPIRED)
    def record_replaced(self) -> None:
        self.expired_because = "replaced"
