from datetime import datetime
from uuid import UUID

from django_fsm import can_proceed

from assets.models import Asset
from contracts import calls, operations
from contracts.models import ChainOperation
from rwa_portal.core import history
from rwa_portal.core.actions import action
from rwa_portal.core.errors import DomainError
from rwa_portal.core.models import AuditEvent, User
from subscriptions import queries
from subscriptions.models import Subscription

MINT = "issuance.mint"


class SubscriptionNotPaid(DomainError):
    """Only a paid subscription can be approved."""


@action
def approve_subscription(*, subscription_id: UUID, by: User, at: datetime, reason: str) -> ChainOperation:
    """
    Accept the order and ask for its mint.

    The subscription becomes MINTED later, when the indexer hears OrderSettled.

    :raises SubscriptionNotPaid: if it is unpaid or was already decided
    :raises InvestorNotEligible, CustodyProofMissing, SupplyCapExceeded: see queries.mint_facts
    """
    # The asset first, in every action: orders of one asset share its supply cap.
    Asset.objects.select_for_update(of=("self",)).get(subscription=subscription_id)
    subscription = Subscription.objects.select_for_update(of=("self",)).get(pk=subscription_id)
    if not can_proceed(subscription.approve):
        raise SubscriptionNotPaid
    facts = queries.mint_facts(subscription)

    subscription.approve(by=by, at=at)
    history.save(subscription, by=by, reason="subscription.approved")
    operation = operations.enqueue(
        operations.Call(MINT, "0x" + "00" * 20, calls.mint(bytes(subscription.order_id)), facts),
        key=f"subscription:{subscription.pk}:mint",
        subject=subscription,
        by=by,
        at=at,
    )
    AuditEvent.record("subscription.approved", subject=subscription, by=by, at=at, reason=reason)
    return operation
