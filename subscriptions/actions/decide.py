from datetime import datetime
from uuid import UUID

from django_fsm import can_proceed

from contracts import calls, operations
from contracts.models import ChainOperation
from rwa_portal.core import history
from rwa_portal.core.actions import action
from rwa_portal.core.approvals import RequesterCannotApprove
from rwa_portal.core.errors import DomainError
from rwa_portal.core.models import AuditEvent, User
from subscriptions import kinds, queries
from subscriptions.actions.end import ask_for_money_back
from subscriptions.actions.locks import lock_subscription
from subscriptions.models import Subscription


class SubscriptionNotPaid(DomainError):
    """Only a paid subscription can be approved."""


class SettlementTooLate(DomainError):
    """The time to mint this order has passed; it can only be refunded."""


class SubscriptionNotRejectable(DomainError):
    """Only a requested or paid subscription can be rejected; release a held one first."""


class SubscriptionNotHoldable(DomainError):
    """Only a paid or approved subscription can be held."""


class SubscriptionNotHeld(DomainError):
    """The subscription is not held."""


@action
def approve_subscription(*, subscription_id: UUID, by: User, at: datetime, reason: str) -> ChainOperation:
    """
    Accept the order and ask for its mint.

    The subscription becomes MINTED later, when the indexer hears OrderSettled.

    :raises SubscriptionNotPaid: if it is unpaid or was already decided
    :raises SettlementTooLate: the escrow would refuse the mint
    :raises RequesterCannotApprove: nobody decides about an order of their own
    :raises InvestorNotEligible, CustodyProofMissing, SupplyCapExceeded: see queries.mint_facts
    """
    subscription = lock_subscription(subscription_id)
    if by.pk in (subscription.investor.user_id, subscription.requested_by_id):
        raise RequesterCannotApprove
    if not can_proceed(subscription.approve):
        raise SubscriptionNotPaid
    if at > subscription.settle_by:
        raise SettlementTooLate
    facts = queries.mint_facts(subscription, at=at)

    subscription.approve(by=by, at=at)
    history.save(subscription, by=by, reason="subscription.approved")
    call = calls.mint(subscription.order_id)
    operation = operations.enqueue(
        operations.Call(kinds.MINT, call.to, call.calldata, facts),
        key=queries.mint_key(subscription),
        subject=subscription,
        wallet=queries.issuer_wallet(subscription),
        by=by,
        at=at,
    )
    AuditEvent.record("subscription.approved", subject=subscription, by=by, at=at, reason=reason)
    return operation


@action
def reject_subscription(*, subscription_id: UUID, by: User, at: datetime, reason: str) -> Subscription:
    """
    Refuse the order. If it is paid, also ask for its cancellation, which sends the money back.

    :raises SubscriptionNotRejectable: if it is held, approved or at an end
    """
    subscription = lock_subscription(subscription_id)
    if not can_proceed(subscription.reject):
        raise SubscriptionNotRejectable

    subscription.reject()
    history.save(subscription, by=by, reason="subscription.rejected")
    if subscription.is_funded:
        ask_for_money_back(subscription, by=by, at=at)
    AuditEvent.record("subscription.rejected", subject=subscription, by=by, at=at, reason=reason)
    return subscription


@action
def hold_subscription(*, subscription_id: UUID, by: User, at: datetime, reason: str) -> Subscription:
    """
    Stop the order. A mint that is not yet with the custodian is refused when it comes to be sent.

    :raises SubscriptionNotHoldable: if it is neither paid nor approved
    """
    subscription = lock_subscription(subscription_id)
    if not can_proceed(subscription.hold):
        raise SubscriptionNotHoldable

    subscription.hold()
    history.save(subscription, by=by, reason="subscription.held")
    AuditEvent.record("subscription.held", subject=subscription, by=by, at=at, reason=reason)
    return subscription


@action
def release_subscription(*, subscription_id: UUID, by: User, at: datetime, reason: str) -> Subscription:
    """
    Let a held order go on: APPROVED while its mint is still alive, else PAID, to be approved anew.

    :raises SubscriptionNotHeld:
    """
    subscription = lock_subscription(subscription_id)
    if not can_proceed(subscription.release):
        raise SubscriptionNotHeld

    if subscription.approved_at and queries.living_operation(queries.mint_key(subscription)):
        subscription.resume()
    else:
        subscription.release()
    history.save(subscription, by=by, reason="subscription.released")
    AuditEvent.record("subscription.released", subject=subscription, by=by, at=at, reason=reason)
    return subscription
