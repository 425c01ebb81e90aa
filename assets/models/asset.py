import uuid
from datetime import UTC, datetime
from typing import ClassVar

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import F, Q
from django_fsm import FSMField, FSMModelMixin, transition
from simple_history.models import HistoricalRecords

from assets.calculations import price_rounded_up
from assets.models.issuer import Issuer
from rwa_portal.core.chain_values import MAX_UNITS
from rwa_portal.core.fields import AddressField, Hash32Field, UnitsField
from rwa_portal.core.models import Document, User


class AssetStatus(models.TextChoices):
    DRAFT = "DRAFT"  # the issuer is still writing it
    IN_REVIEW = "IN_REVIEW"  # legal review has it
    RETURNED = "RETURNED"  # the issuer must change what legal review named
    APPROVED = "APPROVED"  # its terms are final; it may be deployed
    DEPLOYING = "DEPLOYING"  # the deployment is decided and under way
    ACTIVE = "ACTIVE"  # AssetDeployed is confirmed: the token exists
    PAUSED = "PAUSED"  # StatusChanged is confirmed: nobody can transfer
    REDEEMED = "REDEEMED"  # StatusChanged is confirmed: closed for ever


class AssetType(models.TextChoices):
    REAL_ESTATE = "REAL_ESTATE"  # land or a building
    CREDIT = "CREDIT"  # a loan or a receivable
    COMMODITY = "COMMODITY"  # goods in a vault or a warehouse


ON_CHAIN = [AssetStatus.ACTIVE, AssetStatus.PAUSED, AssetStatus.REDEEMED]
TERMS_FINAL = [AssetStatus.APPROVED, AssetStatus.DEPLOYING, *ON_CHAIN]
BEFORE_SUBMISSION = [AssetStatus.DRAFT, AssetStatus.RETURNED]


class AssetQuerySet(models.QuerySet["Asset"]):
    def of(self, user: User) -> "AssetQuerySet":
        return self.filter(issuer__memberships__user=user)

    def visible_to(self, user: User | AnonymousUser) -> "AssetQuerySet":
        """What exists on chain is anybody's to see; the rest is the members' and the staff's."""
        if user.has_perm("assets.view_asset"):
            return self
        mine = Q(issuer__in=Issuer.objects.filter(members=user.pk))
        return self.filter(Q(status__in=ON_CHAIN) | mine)

    def on_chain(self) -> "AssetQuerySet":
        return self.filter(status__in=ON_CHAIN)

    def active(self) -> "AssetQuerySet":
        return self.filter(status=AssetStatus.ACTIVE)

    def falling_due(self, at: datetime) -> "AssetQuerySet":
        """On their maturity date (by UTC) or past it, not closed, and not yet noted as matured."""
        standing = self.filter(status__in=[AssetStatus.ACTIVE, AssetStatus.PAUSED], matured_at=None)
        return standing.filter(maturity_date__lte=at.astimezone(UTC).date())

    def to_close(self) -> "AssetQuerySet":
        """Matured, and their token not closed yet."""
        return self.exclude(matured_at=None).exclude(status=AssetStatus.REDEEMED)


class Asset(FSMModelMixin, models.Model):
    """A real-world asset whose ownership is divided into the units of one token contract."""

    Status = AssetStatus
    Type = AssetType

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    issuer = models.ForeignKey(Issuer, on_delete=models.PROTECT, related_name="assets")
    asset_type = models.CharField(max_length=16, choices=AssetType.choices)
    name = models.CharField(max_length=100, help_text="The token's name on chain.")
    symbol = models.CharField(max_length=11, blank=True, help_text="The token's symbol: A-Z and 0-9.")
    particulars = models.JSONField(
        default=dict, help_text="What is tokenized; which lines depends on the type."
    )
    decimals = models.PositiveSmallIntegerField(
        default=0, help_text="How far a unit can be divided: 0 to 18."
    )
    supply_cap = UnitsField(null=True, help_text="Most units that can ever exist, in the smallest unit.")
    unit_price = UnitsField(null=True, help_text="Micro-USDC for one whole token.")
    min_units = UnitsField(null=True, help_text="Smallest order, in the smallest unit.")
    opens_at = models.DateTimeField(null=True, help_text="When orders are accepted.")
    closes_at = models.DateTimeField(null=True, help_text="When orders are no longer accepted.")
    maturity_date = models.DateField(null=True, blank=True, help_text="When the asset falls due, if it does.")
    pay_to = AddressField(null=True, help_text="Where the escrow pays the issuer's USDC.")
    terms = models.JSONField(
        default=dict,
        help_text="jurisdictions by investor type; max_holders, lock_up_until, min_holding or null.",
    )
    status = FSMField(choices=AssetStatus.choices, default=AssetStatus.DRAFT, protected=True)
    metadata_uri = models.URLField(max_length=300, blank=True, editable=False, help_text="Named by its hash.")
    metadata_hash = Hash32Field(
        null=True, editable=False, help_text="SHA-256 of the terms and document hashes."
    )
    token_address = AddressField(null=True, unique=True, editable=False, help_text="The chain's word.")
    escrow_address = AddressField(null=True, unique=True, editable=False, help_text="The chain's word.")
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", editable=False)
    created_at = models.DateTimeField(editable=False)
    submitted_by = models.ForeignKey(
        User, null=True, on_delete=models.PROTECT, related_name="+", editable=False
    )
    submitted_at = models.DateTimeField(null=True, editable=False)
    approved_by = models.ForeignKey(
        User,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
        help_text="The legal reviewer; empty where the policy asks for none.",
    )
    approved_at = models.DateTimeField(null=True, editable=False)
    return_reason = models.TextField(blank=True, help_text="What legal review asked the issuer to change.")
    return_fields = models.JSONField(default=list, blank=True, help_text="The fields it is about.")
    deploy_when_approved = models.BooleanField(
        default=False, editable=False, help_text="Asked for by API: its deployment follows its approval."
    )
    deployed_at = models.DateTimeField(null=True, editable=False, help_text="The block's time.")
    matured_at = models.DateTimeField(
        null=True, editable=False, help_text="When the clock found that the asset had fallen due."
    )
    history = HistoricalRecords()

    objects = AssetQuerySet.as_manager()
    audited_fields: ClassVar[tuple[str, ...]] = (
        "status",
        "issuer_id",
        "asset_type",
        "symbol",
        "supply_cap",
        "unit_price",
        "metadata_hash",
        "token_address",
    )
    person_id = None  # an asset is no person

    class Meta:
        permissions = [
            ("review_asset", "Can do the legal review of assets"),
            ("deploy_asset", "Can create and deploy assets"),
            ("pause_asset", "Can ask for a token to be paused"),
            ("resume_asset", "Can ask for a paused token to be resumed"),
            ("mark_redeemed", "Can ask for a paused token to be closed for ever"),
        ]
        constraints = [
            models.CheckConstraint(
                name="asset_complete_when_submitted",
                condition=Q(status=AssetStatus.DRAFT)
                | Q(
                    supply_cap__isnull=False,
                    unit_price__isnull=False,
                    min_units__isnull=False,
                    opens_at__isnull=False,
                    closes_at__isnull=False,
                    pay_to__isnull=False,
                    submitted_at__isnull=False,
                    submitted_by__isnull=False,
                )
                & ~Q(name="")
                & ~Q(symbol=""),
            ),
            models.CheckConstraint(
                name="asset_symbol_is_a_symbol", condition=Q(symbol__regex=r"^[A-Z0-9]{0,11}$")
            ),
            models.CheckConstraint(name="asset_type_known", condition=Q(asset_type__in=AssetType.values)),
            models.CheckConstraint(name="asset_decimals_0_to_18", condition=Q(decimals__range=(0, 18))),
            models.CheckConstraint(
                name="asset_cap_positive_and_fits_the_chain",
                condition=Q(supply_cap__gt=0, supply_cap__lte=MAX_UNITS),
            ),
            models.CheckConstraint(
                name="asset_price_positive_and_fits_the_chain",
                condition=Q(unit_price__gt=0, unit_price__lte=MAX_UNITS),
            ),
            models.CheckConstraint(
                name="asset_min_units_within_cap",
                condition=Q(min_units__gt=0) & (Q(supply_cap=None) | Q(min_units__lte=F("supply_cap"))),
            ),
            models.CheckConstraint(
                name="asset_opens_before_it_closes", condition=Q(opens_at__lt=F("closes_at"))
            ),
            models.CheckConstraint(
                name="asset_approved_has_metadata",
                condition=~Q(status__in=TERMS_FINAL)
                | Q(metadata_hash__isnull=False, approved_at__isnull=False) & ~Q(metadata_uri=""),
            ),
            models.CheckConstraint(
                name="asset_matured_has_a_maturity_date",
                condition=Q(matured_at=None) | Q(status__in=ON_CHAIN, maturity_date__isnull=False),
            ),
            models.CheckConstraint(
                name="asset_not_approved_by_its_submitter",
                condition=Q(approved_by=None) | ~Q(approved_by=F("submitted_by")),
            ),
            models.CheckConstraint(
                name="asset_addresses_exactly_when_on_chain",
                condition=Q(
                    status__in=ON_CHAIN,
                    token_address__isnull=False,
                    escrow_address__isnull=False,
                    deployed_at__isnull=False,
                )
                | ~Q(status__in=ON_CHAIN) & Q(token_address=None, escrow_address=None, deployed_at=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.symbol})" if self.symbol else self.name

    @property
    def whole_price(self) -> int | None:
        """Micro-USDC for every unit under the cap."""
        if self.supply_cap is None or self.unit_price is None:
            return None
        return price_rounded_up(self.supply_cap, self.unit_price, self.decimals)

    # Transitions set fields on self and nothing else. record_* is the chain's word: only reactions call it.

    @transition(field=status, source=[AssetStatus.DRAFT, AssetStatus.RETURNED], target=AssetStatus.IN_REVIEW)
    def submit(self, *, by: User, at: datetime) -> None:
        self.submitted_by, self.submitted_at = by, at
        self.return_reason, self.return_fields = "", []

    @transition(field=status, source=AssetStatus.IN_REVIEW, target=AssetStatus.RETURNED)
    def return_for_changes(self, *, reason: str, fields: list[str]) -> None:
        self.return_reason, self.return_fields = reason, fields

    @transition(field=status, source=AssetStatus.IN_REVIEW, target=AssetStatus.APPROVED)
    def approve(self, *, metadata_uri: str, metadata_hash: str, by: User | None, at: datetime) -> None:
        self.metadata_uri, self.metadata_hash = metadata_uri, metadata_hash
        self.approved_by, self.approved_at = by, at

    @transition(field=status, source=AssetStatus.APPROVED, target=AssetStatus.DEPLOYING)
    def deploy(self) -> None: ...

    @transition(field=status, source=AssetStatus.DEPLOYING, target=AssetStatus.APPROVED)
    def undo_deployment(self) -> None:
        self.deploy_when_approved = False

    @transition(field=status, source=AssetStatus.DEPLOYING, target=AssetStatus.ACTIVE)
    def record_deployment(self, *, token: str, escrow: str, at: datetime) -> None:
        self.token_address, self.escrow_address, self.deployed_at = token, escrow, at

    @transition(field=status, source=AssetStatus.ACTIVE, target=AssetStatus.PAUSED)
    def record_pause(self) -> None: ...

    @transition(field=status, source=AssetStatus.PAUSED, target=AssetStatus.ACTIVE)
    def record_unpause(self) -> None: ...

    @transition(field=status, source=AssetStatus.PAUSED, target=AssetStatus.REDEEMED)
    def record_redeemed(self) -> None: ...


class DocumentKind(models.TextChoices):
    TITLE = "TITLE", "Deed or title"  # shows who owns the asset
    VALUATION = "VALUATION", "Valuation"  # what it is worth
    INSURANCE = "INSURANCE", "Insurance"  # what is insured, until when
    OFFERING = "OFFERING", "Offering document"  # what investors are told
    AGREEMENT = "AGREEMENT", "Subscription agreement"  # what an investor accepts with an order
    OPINION = "OPINION", "Legal opinion"  # a lawyer's word on the structure
    OTHER = "OTHER", "Other"


class DocumentQuerySet(models.QuerySet["AssetDocument"]):
    def standing(self) -> "DocumentQuerySet":
        return self.filter(withdrawn_at=None)


class AssetDocument(models.Model):
    """A document on which an asset's issue rests. Other content under the same name is a new version."""

    Kind = DocumentKind

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="documents")
    kind = models.CharField(max_length=16, choices=DocumentKind.choices)
    file_name = models.CharField(max_length=255)
    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="+")
    sha256 = Hash32Field(help_text="SHA-256 of the file.")
    version = models.PositiveSmallIntegerField(help_text="Counts the files of this name from 1.")
    expires_on = models.DateField(null=True, blank=True, help_text="Last day it is good for, if it has one.")
    added_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, help_text="When the issuer took it out of the draft.")
    history = HistoricalRecords()

    objects = DocumentQuerySet.as_manager()
    audited_fields: ClassVar[tuple[str, ...]] = ("asset_id", "kind", "sha256", "version", "withdrawn_at")
    person_id = None

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="asset_document_once", fields=["asset", "sha256"], condition=Q(withdrawn_at=None)
            ),
            models.UniqueConstraint(
                name="asset_document_version_once", fields=["asset", "file_name", "version"]
            ),
            models.CheckConstraint(name="asset_document_version_from_1", condition=Q(version__gte=1)),
        ]

    def __str__(self) -> str:
        return f"{self.file_name} (version {self.version})"


class AssetMetadata(models.Model):
    """The canonical JSON of an asset's terms and document hashes, as approved. Never changed."""

    sha256 = Hash32Field(primary_key=True)
    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="metadata")
    body = models.TextField()
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.sha256
