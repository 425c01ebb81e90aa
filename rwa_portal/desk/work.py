"""
What waits for a person: counts that are links.

- A tile stands here when its reader has the right to do something about it, and shows only what is open.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.urls import reverse

from assets.models import Asset, CustodyProof, Issuer
from contracts.models import ChainOperation, State
from corporate_actions.models import FinalRedemption, OffChainSettlement, Redemption, SettlementStage
from indexer.models import Break, Incident, ReactionFailure
from investors.models import Investor, Outcome, WebhookDelivery
from rwa_portal.core.models import User
from subscriptions.models import Payment, Status, Subscription

EXPIRES_SOON = timedelta(days=30)


@dataclass(frozen=True)
class Tile:
    label: str
    count: int
    url: str
    is_urgent: bool = False


@dataclass(frozen=True)
class Queue:
    label: str
    right: str
    rows: Callable[[User, datetime], QuerySet]
    page: str
    query: str = ""
    is_urgent: bool = False

    def tile(self, user: User, at: datetime) -> Tile:
        url = reverse(self.page) + (f"?{self.query}" if self.query else "")
        return Tile(self.label, self.rows(user, at).count(), url, self.is_urgent)


def to_approve(user: User) -> QuerySet[ChainOperation]:
    """Operations that wait for somebody else than the person who asked for them."""
    waiting = ChainOperation.objects.filter(state=State.AWAITING_APPROVAL)
    return waiting.exclude(requested_by=user)


def proofs_expiring(at: datetime) -> QuerySet[CustodyProof]:
    valid = CustodyProof.objects.filter(status=CustodyProof.Status.VALID)
    return valid.filter(expiry_at__lte=at + EXPIRES_SOON)


QUEUES = [
    Queue("Approvals for me", "contracts.approve_operation", lambda u, _: to_approve(u), "desk:approvals"),
    Queue(
        "Issuers to review",
        "assets.review_issuer",
        lambda *_: Issuer.objects.filter(status__in=[Issuer.Status.SUBMITTED, Issuer.Status.IN_REVIEW]),
        "admin:assets_issuer_changelist",
        "status__in=SUBMITTED,IN_REVIEW",
    ),
    Queue(
        "Assets in legal review",
        "assets.review_asset",
        lambda *_: Asset.objects.filter(status=Asset.Status.IN_REVIEW),
        "admin:assets_asset_changelist",
        "status__exact=IN_REVIEW",
    ),
    Queue(
        "Assets to deploy",
        "assets.deploy_asset",
        lambda *_: Asset.objects.filter(status=Asset.Status.APPROVED),
        "admin:assets_asset_changelist",
        "status__exact=APPROVED",
    ),
    Queue(
        "Matured assets to close",
        "assets.mark_redeemed",
        lambda *_: Asset.objects.to_close(),
        "admin:assets_asset_changelist",
        "matured_at__isempty=0&status__in=ACTIVE,PAUSED",
    ),
    Queue(
        "Proofs to verify",
        "assets.verify_proof",
        lambda *_: CustodyProof.objects.filter(status=CustodyProof.Status.SUBMITTED),
        "admin:assets_custodyproof_changelist",
        "status__exact=SUBMITTED",
    ),
    Queue(
        "Proofs expiring in 30 days",
        "assets.record_proof",
        lambda _, at: proofs_expiring(at),
        "admin:assets_custodyproof_changelist",
        "status__exact=VALID",
    ),
    Queue(
        "Verified, not allowlisted",
        "investors.write_allowlist",
        lambda *_: Investor.objects.filter(
            kyc_status=Investor.KycStatus.VERIFIED, wallets__allowlisted_at=None, wallets__isnull=False
        ).distinct(),
        "admin:investors_investor_changelist",
        "kyc_status__exact=VERIFIED",
    ),
    Queue(
        "Webhooks in quarantine",
        "investors.decide_eligibility",
        lambda *_: WebhookDelivery.objects.filter(outcome=Outcome.QUARANTINED),
        "admin:investors_webhookdelivery_changelist",
        "outcome__exact=QUARANTINED",
    ),
    Queue(
        "Orders to approve",
        "subscriptions.approve_subscription",
        lambda *_: Subscription.objects.filter(status=Status.PAID),
        "admin:subscriptions_subscription_changelist",
        "status__exact=PAID",
    ),
    Queue(
        "Payments without an order",
        "subscriptions.link_payment",
        lambda *_: Payment.objects.unmatched(),
        "admin:subscriptions_payment_changelist",
        "status__exact=UNMATCHED",
        is_urgent=True,
    ),
    Queue(
        "Redemptions to settle",
        "corporate_actions.settle_redemption",
        lambda *_: Redemption.objects.filter(settlement_status=Redemption.Status.PENDING),
        "admin:corporate_actions_redemption_changelist",
        "settlement_status__exact=PENDING",
    ),
    Queue(
        "Redemptions overdue",
        "corporate_actions.settle_redemption",
        lambda _, at: Redemption.objects.overdue(at),
        "admin:corporate_actions_redemption_changelist",
        "overdue=yes",
        is_urgent=True,
    ),
    Queue(
        "Redemptions on hold",
        "corporate_actions.hold_redemption",
        lambda *_: Redemption.objects.filter(settlement_status=Redemption.Status.HELD),
        "admin:corporate_actions_redemption_changelist",
        "settlement_status__exact=HELD",
    ),
    Queue(
        "Off-chain settlements to confirm",
        "corporate_actions.record_settlement",
        lambda user, _: OffChainSettlement.objects.filter(status=SettlementStage.RECORDED).exclude(
            recorded_by=user
        ),
        "admin:corporate_actions_offchainsettlement_changelist",
        "status__exact=RECORDED",
    ),
    Queue(
        "Final redemptions to open",
        "corporate_actions.open_final_redemption",
        lambda *_: FinalRedemption.objects.filter(status=FinalRedemption.Status.DUE),
        "admin:corporate_actions_finalredemption_changelist",
        "status__exact=DUE",
    ),
    Queue(
        "Operations to review",
        "contracts.resolve_operation",
        lambda *_: ChainOperation.objects.filter(state=State.NEEDS_REVIEW),
        "admin:contracts_chainoperation_changelist",
        "state__exact=NEEDS_REVIEW",
        is_urgent=True,
    ),
    Queue(
        "Parked events",
        "indexer.resolve_incident",
        lambda *_: ReactionFailure.objects.exclude(status=ReactionFailure.Status.DONE),
        "admin:indexer_reactionfailure_changelist",
        is_urgent=True,
    ),
    Queue(
        "Breaks",
        "indexer.resolve_break",
        lambda *_: Break.objects.filter(state=Break.State.OPEN),
        "admin:indexer_break_changelist",
        "state__exact=OPEN",
        is_urgent=True,
    ),
    Queue(
        "Open incidents",
        "indexer.resolve_incident",
        lambda *_: Incident.objects.filter(closed_at=None),
        "admin:indexer_incident_changelist",
        is_urgent=True,
    ),
]


def tiles(user: User, *, at: datetime) -> list[Tile]:
    """Count what this person can do something about, in the order of the day's work."""
    return [queue.tile(user, at) for queue in QUEUES if user.has_perm(queue.right)]
