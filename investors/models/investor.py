import secrets
import uuid
from datetime import date
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django_fsm import FSMField, FSMModelMixin, transition
from simple_history.models import HistoricalRecords

from rwa_portal.core.fields import AddressField, Hash32Field, UnitsField


class KycStatus(models.TextChoices):
    PENDING = "PENDING"  # nobody has decided yet, or the decision was taken back
    VERIFIED = "VERIFIED"  # the provider has identified the person; it may say otherwise at any time
    REJECTED = "REJECTED"  # the provider has refused for good, as far as it knows today


class InvestorType(models.TextChoices):
    RETAIL = "RETAIL"  # no evidence of anything else
    ACCREDITED = "ACCREDITED"  # an officer has seen evidence of means or knowledge
    INSTITUTIONAL = "INSTITUTIONAL"  # an officer has seen evidence of a regulated or large organisation


def random_chain_id() -> int:
    # Random, so that nobody who reads the chain can tell whose it is; zero means nobody there.
    return secrets.randbelow(2**128 - 1) + 1


class Investor(FSMModelMixin, models.Model):
    """A person or company that has asked to hold tokens, and what we know of their eligibility."""

    KycStatus = KycStatus

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="investor")
    wallet_address = AddressField(null=True, editable=False, help_text="The primary proven wallet.")
    kyc_status = FSMField(
        choices=KycStatus.choices,
        default=KycStatus.PENDING,
        protected=True,
        help_text="The identity provider's verdict, which it may change at any time.",
    )
    jurisdiction_code = models.CharField(max_length=2, help_text="Country of residence, ISO 3166-1 alpha-2.")
    investor_type = models.CharField(
        max_length=16,
        choices=InvestorType.choices,
        default=InvestorType.RETAIL,
        help_text="What an officer has seen evidence for; decides which assets may be held.",
    )
    declared_type = models.CharField(
        max_length=16, choices=InvestorType.choices, help_text="What the investor says to be."
    )
    type_evidence = models.CharField(
        max_length=64, blank=True, editable=False, help_text="How the type was shown: INCOME, LICENCE, …"
    )
    type_valid_until = models.DateField(
        null=True, editable=False, help_text="Last day on which the evidence of the type counts (UTC)."
    )
    kyc_hash = Hash32Field(
        null=True,
        editable=False,
        help_text="Keyed hash of the verified identity; says nothing alone.",
    )
    kyc_valid_until = models.DateField(
        null=True,
        editable=False,
        help_text="Last day on which the verdict counts (UTC).",
    )
    chain_investor_id = UnitsField(
        default=random_chain_id,
        unique=True,
        editable=False,
        help_text="The random number all wallets of this person share on chain.",
    )
    # Sealed under the person's key (personal.py): history, backups and dumps hold ciphertext.
    given_names = models.BinaryField()
    family_names = models.BinaryField()
    date_of_birth = models.BinaryField()
    residential_address = models.BinaryField()
    created_at = models.DateTimeField(editable=False)
    updated_at = models.DateTimeField(auto_now=True)
    history = HistoricalRecords()

    audited_fields: ClassVar[tuple[str, ...]] = (
        "kyc_status",
        "jurisdiction_code",
        "investor_type",
        "kyc_valid_until",
    )

    class Meta:
        permissions = [
            ("write_allowlist", "Can write profiles and the allowlist on chain"),
            ("decide_eligibility", "Can decide an investor's type and read the verdict again"),
            ("reveal_personal_data", "Can read a person's sealed data, with a reason"),
        ]
        constraints = [
            models.CheckConstraint(
                name="investor_chain_id_is_u128",
                condition=Q(chain_investor_id__gt=0, chain_investor_id__lt=2**128),
            ),
            models.CheckConstraint(
                name="investor_verified_has_hash_and_date",
                condition=~Q(kyc_status=KycStatus.VERIFIED)
                | Q(kyc_hash__isnull=False, kyc_valid_until__isnull=False),
            ),
            models.CheckConstraint(
                name="investor_jurisdiction_two_letters", condition=Q(jurisdiction_code__regex=r"^[A-Z]{2}$")
            ),
            models.CheckConstraint(
                name="investor_type_has_evidence",
                condition=Q(investor_type=InvestorType.RETAIL)
                | (~Q(type_evidence="") & Q(type_valid_until__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def person_id(self) -> uuid.UUID:
        return self.pk

    # VERIFIED is never the end: ongoing monitoring turns GREEN into RED, and a reset takes all back.

    @transition(field=kyc_status, source="*", target=KycStatus.VERIFIED)
    def verify(self, *, kyc_hash: str, valid_until: date) -> None:
        self.kyc_hash, self.kyc_valid_until = kyc_hash, valid_until

    @transition(field=kyc_status, source=[KycStatus.PENDING, KycStatus.VERIFIED], target=KycStatus.REJECTED)
    def reject(self) -> None: ...

    @transition(field=kyc_status, source=[KycStatus.VERIFIED, KycStatus.REJECTED], target=KycStatus.PENDING)
    def reopen(self) -> None: ...
