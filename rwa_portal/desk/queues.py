"""Every queue of the portal's work, in the order of the day: first what money or a deadline waits for."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.urls import reverse

from assets.models import Asset, AssetDocument, CustodyProof, Issuer
from contracts.models import ChainOperation, State
from corporate_actions.models import (
    FUNDABLE,
    DividendDistribution,
    FinalRedemption,
    OffChainSettlement,
    Redemption,
    SettlementStage,
)
from indexer.models import Break, Incident, ReactionFailure
from investors.models import Investor, KycSession, Outcome, Verdict, WebhookDelivery
from rwa_portal.core.models import RoleChange, User
from subscriptions.models import Payment, Status, Subscription

EXPIRES_SOON = timedelta(days=30)
Rows = Callable[[User, datetime], QuerySet]


@dataclass(frozen=True)
class Queue:
    """Open rows that one right decides about; `since` is the column that says how long they have waited."""

    label: str
    right: str
    rows: Rows
    page: str
    query: str = ""
    since: str = ""
    is_urgent: bool = False
    # What who may only read is led to, where the queue's own page is for those who decide.
    label_for_readers: str = ""
    page_for_readers: str = ""

    @property
    def url_for_readers(self) -> str:
        return f"{reverse(self.page_for_readers or self.page)}?{self.query}".rstrip("?")

    @property
    def url(self) -> str:
        return reverse(self.page) + (f"?{self.query}" if self.query else "")


def to_approve(user: User) -> QuerySet[ChainOperation]:
    """Operations that wait for somebody else than the person who asked for them."""
    waiting = ChainOperation.objects.filter(state=State.AWAITING_APPROVAL)
    return waiting.exclude(requested_by=user)


def proofs_expiring(at: datetime) -> QuerySet[CustodyProof]:
    valid = CustodyProof.objects.filter(status=CustodyProof.Status.VALID)
    return valid.filter(expiry_at__lte=at + EXPIRES_SOON)


def documents_expiring(at: datetime) -> QuerySet[AssetDocument]:
    """Documents in force, of assets that are not closed, whose last day is near or past."""
    standing = AssetDocument.objects.standing().filter(expires_on__lte=(at + EXPIRES_SOON).date())
    return standing.exclude(asset__status=Asset.Status.REDEEMED)


def identities_expiring(at: datetime) -> QuerySet[Investor]:
    verified = Investor.objects.filter(kyc_status=Investor.KycStatus.VERIFIED)
    return verified.filter(kyc_valid_until__lte=(at + EXPIRES_SOON).date())


def settlements_recorded(user: User) -> QuerySet[OffChainSettlement]:
    """Settlements outside the chain that wait for somebody else than who recorded them."""
    return OffChainSettlement.objects.filter(status=SettlementStage.RECORDED).exclude(recorded_by=user)


def unfunded() -> QuerySet[DividendDistribution]:
    return DividendDistribution.objects.filter(status__in=FUNDABLE)


def to_sweep(at: datetime) -> QuerySet[DividendDistribution]:
    opened = DividendDistribution.objects.filter(status=DividendDistribution.Status.ACTIVE)
    return opened.filter(expires_at__lt=at)


ORDERS, DIVIDENDS = (
    "admin:subscriptions_subscription_changelist",
    "admin:corporate_actions_dividenddistribution_changelist",
)
REDEMPTIONS, ASSETS = "admin:corporate_actions_redemption_changelist", "admin:assets_asset_changelist"
OPERATIONS, PAYMENTS = (
    "admin:contracts_chainoperation_changelist",
    "admin:subscriptions_payment_changelist",
)
PROOFS, INVESTORS = "admin:assets_custodyproof_changelist", "admin:investors_investor_changelist"

QUEUES = [
    Queue(
        "Open incidents",
        "indexer.resolve_incident",
        lambda *_: Incident.objects.filter(closed_at=None),
        "admin:indexer_incident_changelist",
        "closed_at__isempty=1",
        since="opened_at",
        is_urgent=True,
    ),
    Queue(
        "Breaks",
        "indexer.resolve_break",
        lambda *_: Break.objects.filter(state=Break.State.OPEN),
        "admin:indexer_break_changelist",
        "state__exact=OPEN",
        since="opened_at",
        is_urgent=True,
    ),
    Queue(
        "Parked events",
        "indexer.resolve_incident",
        lambda *_: ReactionFailure.objects.exclude(status=ReactionFailure.Status.DONE),
        "admin:indexer_reactionfailure_changelist",
        since="parked_at",
        is_urgent=True,
    ),
    Queue(
        "Operations to review",
        "contracts.resolve_operation",
        lambda *_: ChainOperation.objects.filter(state=State.NEEDS_REVIEW),
        OPERATIONS,
        "state__exact=NEEDS_REVIEW",
        since="state_at",
        is_urgent=True,
    ),
    Queue(
        "Approvals for me",
        "contracts.approve_operation",
        lambda user, _: to_approve(user),
        "desk:approvals",
        "state__exact=AWAITING_APPROVAL",
        since="requested_at",
        label_for_readers="Waiting for approvals",
        page_for_readers=OPERATIONS,
    ),
    Queue(
        "Redemptions overdue",
        "corporate_actions.settle_redemption",
        lambda _, at: Redemption.objects.overdue(at),
        REDEMPTIONS,
        "overdue=yes",
        since="due_at",
        is_urgent=True,
    ),
    Queue(
        "Redemptions to settle",
        "corporate_actions.settle_redemption",
        lambda *_: Redemption.objects.filter(settlement_status=Redemption.Status.PENDING),
        REDEMPTIONS,
        "settlement_status__exact=PENDING",
        since="locked_at",
    ),
    Queue(
        "Redemptions on hold",
        "corporate_actions.hold_redemption",
        lambda *_: Redemption.objects.filter(settlement_status=Redemption.Status.HELD),
        REDEMPTIONS,
        "settlement_status__exact=HELD",
        since="held_at",
    ),
    Queue(
        "Off-chain settlements to confirm",
        "corporate_actions.record_settlement",
        lambda user, _: settlements_recorded(user),
        "admin:corporate_actions_offchainsettlement_changelist",
        "status__exact=RECORDED",
        since="recorded_at",
    ),
    Queue(
        "Dividends to declare",
        "corporate_actions.declare_dividend",
        lambda *_: DividendDistribution.objects.filter(status=DividendDistribution.Status.DRAFT),
        DIVIDENDS,
        "status__exact=DRAFT",
        since="created_at",
    ),
    Queue(
        "Dividends to fund",
        "corporate_actions.fund_dividend",
        lambda *_: unfunded(),
        DIVIDENDS,
        "status__in=SNAPSHOTTED,FUNDING",
        since="snapshot_at",
        is_urgent=True,
    ),
    Queue(
        "Dividends to sweep",
        "corporate_actions.sweep_dividend",
        lambda _, at: to_sweep(at),
        DIVIDENDS,
        "status__exact=ACTIVE",
        since="expires_at",
    ),
    Queue(
        "Final redemptions to open",
        "corporate_actions.open_final_redemption",
        lambda *_: FinalRedemption.objects.filter(status=FinalRedemption.Status.DUE),
        "admin:corporate_actions_finalredemption_changelist",
        "status__exact=DUE",
    ),
    Queue(
        "Orders to approve",
        "subscriptions.approve_subscription",
        lambda *_: Subscription.objects.filter(status=Status.PAID),
        ORDERS,
        "status__exact=PAID",
        since="paid_at",
    ),
    Queue(
        "Held orders",
        "subscriptions.approve_subscription",
        lambda *_: Subscription.objects.filter(status=Status.HELD),
        ORDERS,
        "status__exact=HELD",
        since="paid_at",
    ),
    Queue(
        "Payments without an order",
        "subscriptions.link_payment",
        lambda *_: Payment.objects.unmatched(),
        PAYMENTS,
        "status__exact=UNMATCHED",
        since="received_at",
        is_urgent=True,
    ),
    Queue(
        "Payment links to confirm",
        "subscriptions.link_payment",
        lambda user, _: Payment.objects.exclude(proposed_order=None).exclude(proposed_by=user),
        PAYMENTS,
        "status__exact=UNMATCHED",
        since="proposed_at",
    ),
    Queue(
        "Issuers to review",
        "assets.review_issuer",
        lambda *_: Issuer.objects.filter(status__in=[Issuer.Status.SUBMITTED, Issuer.Status.IN_REVIEW]),
        "admin:assets_issuer_changelist",
        "status__in=SUBMITTED,IN_REVIEW",
        since="submitted_at",
    ),
    Queue(
        "Assets in legal review",
        "assets.review_asset",
        lambda *_: Asset.objects.filter(status=Asset.Status.IN_REVIEW),
        ASSETS,
        "status__exact=IN_REVIEW",
        since="submitted_at",
    ),
    Queue(
        "Assets to deploy",
        "assets.deploy_asset",
        lambda *_: Asset.objects.filter(status=Asset.Status.APPROVED),
        ASSETS,
        "status__exact=APPROVED",
        since="approved_at",
    ),
    Queue(
        "Matured assets to close",
        "assets.mark_redeemed",
        lambda *_: Asset.objects.to_close(),
        ASSETS,
        "matured_at__isempty=0&status__in=ACTIVE,PAUSED",
        since="matured_at",
    ),
    Queue(
        "Proofs to verify",
        "assets.verify_proof",
        lambda *_: CustodyProof.objects.filter(status=CustodyProof.Status.SUBMITTED),
        PROOFS,
        "status__exact=SUBMITTED",
        since="recorded_at",
    ),
    Queue(
        "Proofs expiring in 30 days",
        "assets.record_proof",
        lambda _, at: proofs_expiring(at),
        PROOFS,
        "status__exact=VALID",
    ),
    Queue(
        "Documents expiring in 30 days",
        "assets.record_proof",
        lambda _, at: documents_expiring(at),
        "admin:assets_assetdocument_changelist",
    ),
    Queue(
        "Verified, not allowlisted",
        "investors.write_allowlist",
        lambda *_: Investor.objects.filter(
            kyc_status=Investor.KycStatus.VERIFIED, wallets__allowlisted_at=None, wallets__isnull=False
        ).distinct(),
        INVESTORS,
        "kyc_status__exact=VERIFIED",
    ),
    Queue(
        "Identity checks to look at",
        "investors.decide_eligibility",
        lambda *_: KycSession.objects.filter(verdict=Verdict.UNCLEAR),
        "admin:investors_kycsession_changelist",
        "verdict__exact=UNCLEAR",
        since="verdict_at",
    ),
    Queue(
        "Identities expiring in 30 days",
        "investors.decide_eligibility",
        lambda _, at: identities_expiring(at),
        INVESTORS,
        "kyc_status__exact=VERIFIED",
    ),
    Queue(
        "Webhooks in quarantine",
        "investors.decide_eligibility",
        lambda *_: WebhookDelivery.objects.filter(outcome=Outcome.QUARANTINED),
        "admin:investors_webhookdelivery_changelist",
        "outcome__exact=QUARANTINED",
        since="received_at",
    ),
    Queue(
        "Role changes to decide",
        "core.grant_role",
        lambda user, _: RoleChange.objects.filter(status=RoleChange.Status.WAITING).exclude(asked_by=user),
        "admin:core_rolechange_changelist",
        "status__exact=WAITING",
        since="asked_at",
    ),
]
