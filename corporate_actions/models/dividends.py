import uuid
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import F, Q
from django_fsm import FSMField, FSMModelMixin, transition
from simple_history.models import HistoricalRecords

from assets.models import Asset
from investors.models import Investor
from rwa_portal.core.chain_values import MAX_UNITS
from rwa_portal.core.fields import AddressField, Hash32Field, UnitsField
from rwa_portal.core.models import User

if TYPE_CHECKING:
    from indexer.registry import Event


class DistributionStatus(models.TextChoices):
    DRAFT = "DRAFT"  # written down; nothing is on chain
    SNAPSHOTTED = "SNAPSHOTTED"  # DividendDeclared is confirmed: amount and entitled holders are fixed
    FUNDING = "FUNDING"  # part of the money is there
    ACTIVE = "ACTIVE"  # DividendOpened is confirmed: the whole amount is there and holders can claim
    CLOSED = "CLOSED"  # DividendSwept is confirmed: what nobody claimed is in the unclaimed account
    CANCELLED = "CANCELLED"  # given up before it opened


ENDED = [DistributionStatus.CLOSED, DistributionStatus.CANCELLED]
FUNDABLE = [DistributionStatus.SNAPSHOTTED, DistributionStatus.FUNDING]
OPENED = [DistributionStatus.ACTIVE, DistributionStatus.CLOSED]
ON_CHAIN = [*FUNDABLE, *OPENED]


class DistributionQuerySet(models.QuerySet["DividendDistribution"]):
    def of(self, user: User) -> "DistributionQuerySet":
        """Of the assets whose issuers a person may act for."""
        return self.filter(asset__in=Asset.objects.of(user))

    def visible_to(self, user: User | AnonymousUser) -> "DistributionQuerySet":
        """What is open or was paid is anybody's to see; the rest is the issuer's and the staff's."""
        if user.has_perm("corporate_actions.view_dividenddistribution"):
            return self
        mine = Asset.objects.filter(issuer__members=user.pk)
        return self.filter(Q(status__in=OPENED) | Q(asset__in=mine))


class DividendDistribution(FSMModelMixin, models.Model):
    """Money which an asset pays to those who held it at the snapshot, in proportion to their units."""

    Status = DistributionStatus

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="distributions")
    amount = UnitsField(help_text="Declared, in micro-USDC. Claims open when all of it is there.")
    distribution_date = models.DateField(help_text="The pay date.")
    expires_at = models.DateTimeField(help_text="From then on what nobody has claimed may be swept.")
    status = FSMField(choices=DistributionStatus.choices, default=DistributionStatus.DRAFT, protected=True)
    drafted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, editable=False, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(editable=False)
    funding_requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Asked for by API with the declaration: its funding follows the confirmed snapshot.",
    )

    number = UnitsField(null=True, editable=False, help_text="The distributor's own number of it.")
    snapshot_id = UnitsField(null=True, editable=False, help_text="The token's snapshot on chain.")
    eligible_units = UnitsField(
        null=True, editable=False, help_text="Entitled at the snapshot, in the smallest unit."
    )
    snapshot_event = models.UUIDField(
        null=True, editable=False, help_text="The DividendDeclared it rests on."
    )
    snapshot_block = models.PositiveBigIntegerField(null=True, editable=False, help_text="The record block.")
    snapshot_log_index = models.PositiveIntegerField(
        null=True, editable=False, help_text="Units that moved later in the record block do not count."
    )
    snapshot_at = models.DateTimeField(
        null=True, editable=False, help_text="The record date: the block's time."
    )
    snapshot_tx_hash = Hash32Field(null=True, editable=False)
    snapshots_lost = models.PositiveSmallIntegerField(
        default=0, editable=False, help_text="How often the chain took the snapshot back."
    )
    total_funded = UnitsField(default=0, editable=False, help_text="In micro-USDC, as the chain said it.")
    opened_at = models.DateTimeField(null=True, editable=False)
    opened_tx_hash = Hash32Field(null=True, editable=False)
    swept_amount = UnitsField(null=True, editable=False, help_text="In micro-USDC, dust included.")
    swept_to = AddressField(null=True, editable=False, help_text="The asset's account for unclaimed money.")
    closed_at = models.DateTimeField(null=True, editable=False)
    sweep_tx_hash = Hash32Field(null=True, editable=False)
    returned_amount = UnitsField(
        null=True, editable=False, help_text="Sent back to its funder by the cancellation, in micro-USDC."
    )
    cancelled_at = models.DateTimeField(null=True, editable=False)
    history = HistoricalRecords()

    objects = DistributionQuerySet.as_manager()
    audited_fields: ClassVar[tuple[str, ...]] = (
        "status",
        "asset_id",
        "amount",
        "distribution_date",
        "expires_at",
        "number",
        "snapshot_id",
        "snapshot_block",
        "total_funded",
        "swept_amount",
        "returned_amount",
    )
    person_id = None  # a distribution is no person

    class Meta:
        permissions = [
            ("draft_dividend", "Can draft and discard dividends"),
            ("declare_dividend", "Can declare dividends, which takes the snapshot"),
            ("fund_dividend", "Can fund dividends and have their holders paid"),
            ("hold_dividend", "Can hold a holder's dividend back from the sweep"),
            ("sweep_dividend", "Can sweep unclaimed dividends and say where to"),
            ("cancel_dividend", "Can cancel dividends before they open"),
        ]
        constraints = [
            models.UniqueConstraint(
                name="distribution_one_open_per_date",
                fields=["asset", "distribution_date"],
                condition=~Q(status__in=ENDED),
            ),
            models.UniqueConstraint(name="distribution_number_once", fields=["number"]),
            models.CheckConstraint(
                name="distribution_amount_positive_and_fits_the_chain",
                condition=Q(amount__gt=0, amount__lte=MAX_UNITS),
            ),
            models.CheckConstraint(
                name="distribution_funded_within_declared",
                condition=Q(total_funded__gte=0, total_funded__lte=F("amount")),
            ),
            models.CheckConstraint(
                name="distribution_on_chain_names_its_snapshot",
                condition=~Q(status__in=ON_CHAIN)
                | Q(
                    number__isnull=False,
                    snapshot_id__isnull=False,
                    snapshot_event__isnull=False,
                    snapshot_block__isnull=False,
                    snapshot_log_index__isnull=False,
                    snapshot_at__isnull=False,
                    snapshot_tx_hash__isnull=False,
                    eligible_units__gt=0,
                ),
            ),
            models.CheckConstraint(
                name="distribution_draft_has_no_number",
                condition=~Q(status=DistributionStatus.DRAFT) | Q(number=None, total_funded=0),
            ),
            models.CheckConstraint(
                name="distribution_open_is_fully_funded",
                condition=Q(status__in=OPENED, opened_at__isnull=False, total_funded=F("amount"))
                | ~Q(status__in=OPENED) & Q(opened_at=None),
            ),
            models.CheckConstraint(
                name="distribution_closed_says_what_was_swept",
                condition=Q(
                    status=DistributionStatus.CLOSED, swept_amount__isnull=False, swept_to__isnull=False
                )
                & Q(closed_at__isnull=False, sweep_tx_hash__isnull=False)
                | ~Q(status=DistributionStatus.CLOSED) & Q(swept_amount=None, closed_at=None),
            ),
            models.CheckConstraint(
                name="distribution_cancelled_says_when",
                condition=Q(status=DistributionStatus.CANCELLED, cancelled_at__isnull=False)
                | ~Q(status=DistributionStatus.CANCELLED) & Q(cancelled_at=None, returned_amount=None),
            ),
        ]
        indexes = [models.Index(name="distribution_by_age", fields=["created_at", "id"])]

    def __str__(self) -> str:
        return f"Dividend of {self.asset.symbol}, {self.distribution_date}"

    @property
    def missing(self) -> int:
        """Micro-USDC between what is declared and what is there."""
        return self.amount - self.total_funded

    # Transitions set fields on self and nothing else. record_* is the chain's word: only reactions call it.

    @transition(field=status, source=DistributionStatus.DRAFT, target=DistributionStatus.CANCELLED)
    def discard(self, *, at: datetime) -> None:
        self.cancelled_at = at

    @transition(field=status, source=DistributionStatus.DRAFT, target=DistributionStatus.SNAPSHOTTED)
    def record_snapshot(self, event: "Event") -> None:
        self.number, self.snapshot_id = int(event.payload["id"]), int(event.payload["snapshotId"])
        self.eligible_units = int(event.payload["eligible"])
        self.snapshot_event, self.snapshot_tx_hash = event.id, event.tx_hash
        self.snapshot_block, self.snapshot_log_index = event.block_number, event.log_index
        self.snapshot_at = event.block_at

    @transition(field=status, source=FUNDABLE, target=DistributionStatus.DRAFT)
    def retake_snapshot(self) -> None:
        """The chain took the snapshot back, and the funding with it: the distribution is a draft again."""
        self.number = self.snapshot_id = self.eligible_units = self.snapshot_event = None
        self.snapshot_block = self.snapshot_log_index = self.snapshot_at = self.snapshot_tx_hash = None
        self.total_funded, self.funding_requested_by = 0, None
        self.snapshots_lost += 1

    @transition(field=status, source=DistributionStatus.SNAPSHOTTED, target=DistributionStatus.FUNDING)
    def record_funding(self, *, total: int) -> None:
        self.total_funded = total

    @transition(field=status, source=DistributionStatus.FUNDING, target=DistributionStatus.ACTIVE)
    def record_opening(self, *, tx_hash: str, at: datetime) -> None:
        self.opened_tx_hash, self.opened_at = tx_hash, at

    @transition(field=status, source=DistributionStatus.ACTIVE, target=DistributionStatus.CLOSED)
    def record_sweep(self, *, to: str, amount: int, tx_hash: str, at: datetime) -> None:
        self.swept_to, self.swept_amount = to, amount
        self.sweep_tx_hash, self.closed_at = tx_hash, at

    @transition(field=status, source=FUNDABLE, target=DistributionStatus.CANCELLED)
    def record_cancellation(self, *, returned: int, at: datetime) -> None:
        self.returned_amount, self.cancelled_at = returned, at


class ClaimState(models.TextChoices):
    SKIPPED = "SKIPPED"  # could not be paid in a batch; can be claimed again
    HELD = "HELD"  # DividendHeld is confirmed: kept out of the sweep, still claimable
    PAID = "PAID"  # DividendClaimed is confirmed: the money is the holder's


class DividendClaim(FSMModelMixin, models.Model):
    """What the chain has said of one holder's share of a distribution: paid, held, or not payable yet."""

    State = ClaimState

    id = models.UUIDField(primary_key=True, editable=False, help_text="The id of the first event about it.")
    distribution = models.ForeignKey(DividendDistribution, on_delete=models.PROTECT, related_name="claims")
    wallet = AddressField(help_text="Whose units it is about.")
    investor = models.ForeignKey(
        Investor,
        null=True,
        on_delete=models.PROTECT,
        related_name="dividend_claims",
        help_text="If known here.",
    )
    amount = UnitsField(help_text="In micro-USDC.")
    state = FSMField(choices=ClaimState.choices, protected=True)
    payee = AddressField(null=True, help_text="Who was paid: the holder or its successor.")
    reason = models.CharField(
        max_length=200, blank=True, help_text="Why it was skipped, as the chain said it."
    )
    tx_hash = Hash32Field(help_text="The transaction that said the newest of it.")
    block_number = models.PositiveBigIntegerField()
    said_at = models.DateTimeField(help_text="The block's time.")

    audited_fields: ClassVar[tuple[str, ...]] = ("distribution_id", "amount", "state")

    class Meta:
        constraints = [
            models.UniqueConstraint(name="dividendclaim_once", fields=["distribution", "wallet"]),
            models.CheckConstraint(
                name="dividendclaim_amount_within_uint96", condition=Q(amount__gte=0, amount__lte=MAX_UNITS)
            ),
            models.CheckConstraint(
                name="dividendclaim_paid_says_whom",
                condition=Q(state=ClaimState.PAID, payee__isnull=False, amount__gt=0)
                | ~Q(state=ClaimState.PAID) & Q(payee=None),
            ),
        ]
        indexes = [models.Index(name="dividendclaim_state", fields=["distribution", "state"])]

    def __str__(self) -> str:
        return f"{self.state} {self.pk}"

    @property
    def person_id(self) -> uuid.UUID | None:
        return self.investor_id

    @transition(field=state, source=ClaimState.SKIPPED, target=ClaimState.SKIPPED)
    def record_skip(self, *, reason: str) -> None:
        self.reason = reason

    @transition(field=state, source=ClaimState.SKIPPED, target=ClaimState.HELD)
    def record_hold(self, *, amount: int) -> None:
        self.amount = amount

    @transition(field=state, source=[ClaimState.SKIPPED, ClaimState.HELD], target=ClaimState.PAID)
    def record_payment(self, *, payee: str, amount: int) -> None:
        self.payee, self.amount, self.reason = payee, amount, ""
