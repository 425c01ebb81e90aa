import uuid
from datetime import datetime
from typing import ClassVar

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import F, Q
from django_fsm import FSMField, FSMModelMixin, transition
from simple_history.models import HistoricalRecords

from contracts.models import CustodyWallet
from rwa_portal.core.models import User


class IssuerStatus(models.TextChoices):
    SUBMITTED = "SUBMITTED"  # a person has applied for the company
    IN_REVIEW = "IN_REVIEW"  # a reviewer has taken it up
    RETURNED = "RETURNED"  # the applicant must change what the reviewer named
    REGISTERED = "REGISTERED"  # it may bring assets; its custody wallets are assigned
    REFUSED = "REFUSED"  # it may not


class IssuerQuerySet(models.QuerySet["Issuer"]):
    def of(self, user: User) -> "IssuerQuerySet":
        return self.filter(memberships__user=user)

    def visible_to(self, user: User | AnonymousUser) -> "IssuerQuerySet":
        """Who is registered is anybody's to see; applications are the members' and the staff's."""
        if user.has_perm("assets.view_issuer"):
            return self
        mine = Issuer.objects.filter(members=user.pk).values("pk")
        return self.filter(Q(status=IssuerStatus.REGISTERED) | Q(pk__in=mine))


class Issuer(FSMModelMixin, models.Model):
    """A legal entity that issues assets through the portal."""

    Status = IssuerStatus

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    legal_name = models.CharField(max_length=200, help_text="As in the commercial register.")
    registration_number = models.CharField(max_length=64, help_text="Its number in that register.")
    jurisdiction_code = models.CharField(max_length=2, help_text="Country of the register, ISO 3166-1.")
    custody_wallet = models.OneToOneField(
        CustodyWallet,
        null=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="issuer",
        help_text="Signs for the issuer: mints its assets.",
    )
    custodian_wallet = models.OneToOneField(
        CustodyWallet,
        null=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="attested_issuer",
        help_text="Attests the backing of its assets; never the one that mints.",
    )
    members = models.ManyToManyField(
        User, through="IssuerMember", through_fields=("issuer", "user"), related_name="issuers"
    )
    status = FSMField(choices=IssuerStatus.choices, default=IssuerStatus.SUBMITTED, protected=True)
    submitted_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", editable=False)
    submitted_at = models.DateTimeField(editable=False, help_text="When it was last submitted.")
    reviewed_by = models.ForeignKey(
        User, null=True, on_delete=models.PROTECT, related_name="+", editable=False
    )
    reviewed_at = models.DateTimeField(
        null=True, editable=False, help_text="When the last decision was taken."
    )
    return_reason = models.TextField(blank=True, help_text="What the reviewer asked the applicant to change.")
    return_fields = models.JSONField(default=list, blank=True, help_text="The fields it is about.")
    created_at = models.DateTimeField(editable=False)
    history = HistoricalRecords()

    objects = IssuerQuerySet.as_manager()
    audited_fields: ClassVar[tuple[str, ...]] = (
        "status",
        "legal_name",
        "registration_number",
        "jurisdiction_code",
    )
    person_id = None  # a company is no person

    class Meta:
        permissions = [("review_issuer", "Can review issuers")]
        constraints = [
            models.UniqueConstraint(
                name="issuer_once_per_register",
                fields=["jurisdiction_code", "registration_number"],
                condition=~Q(status=IssuerStatus.REFUSED),
            ),
            models.CheckConstraint(
                name="issuer_jurisdiction_is_iso", condition=Q(jurisdiction_code__regex=r"^[A-Z]{2}$")
            ),
            models.CheckConstraint(
                name="issuer_named", condition=~Q(legal_name="") & ~Q(registration_number="")
            ),
            models.CheckConstraint(
                name="issuer_registered_has_wallets",
                condition=~Q(status=IssuerStatus.REGISTERED)
                | Q(custody_wallet__isnull=False, custodian_wallet__isnull=False),
            ),
            models.CheckConstraint(
                name="issuer_never_attests_itself",
                condition=Q(custody_wallet=None) | ~Q(custody_wallet=F("custodian_wallet")),
            ),
            models.CheckConstraint(
                name="issuer_reviewed_at_and_by_together",
                condition=Q(reviewed_at__isnull=True, reviewed_by__isnull=True)
                | Q(reviewed_at__isnull=False, reviewed_by__isnull=False),
            ),
            models.CheckConstraint(
                name="issuer_not_reviewed_by_its_applicant",
                condition=Q(reviewed_by=None) | ~Q(reviewed_by=F("submitted_by")),
            ),
        ]

    def __str__(self) -> str:
        return self.legal_name

    @transition(field=status, source=IssuerStatus.SUBMITTED, target=IssuerStatus.IN_REVIEW)
    def start_review(self, *, by: User, at: datetime) -> None:
        self.reviewed_by, self.reviewed_at = by, at

    @transition(field=status, source=IssuerStatus.IN_REVIEW, target=IssuerStatus.RETURNED)
    def return_for_changes(self, *, by: User, at: datetime, reason: str, fields: list[str]) -> None:
        self.reviewed_by, self.reviewed_at = by, at
        self.return_reason, self.return_fields = reason, fields

    @transition(field=status, source=IssuerStatus.RETURNED, target=IssuerStatus.IN_REVIEW)
    def resubmit(self, *, at: datetime) -> None:
        self.submitted_at = at
        self.return_reason, self.return_fields = "", []

    @transition(field=status, source=IssuerStatus.IN_REVIEW, target=IssuerStatus.REGISTERED)
    def register(
        self, *, custody_wallet: CustodyWallet, custodian_wallet: CustodyWallet, by: User, at: datetime
    ) -> None:
        self.custody_wallet, self.custodian_wallet = custody_wallet, custodian_wallet
        self.reviewed_by, self.reviewed_at = by, at

    @transition(field=status, source=IssuerStatus.IN_REVIEW, target=IssuerStatus.REFUSED)
    def refuse(self, *, by: User, at: datetime) -> None:
        self.reviewed_by, self.reviewed_at = by, at


class IssuerMember(models.Model):
    """A person who may act for an issuer in the portal."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    issuer = models.ForeignKey(Issuer, on_delete=models.PROTECT, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="issuer_memberships")
    added_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    joined_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(name="issuer_member_once", fields=["issuer", "user"])]

    def __str__(self) -> str:
        return f"Member {self.user_id} of {self.issuer_id}"
