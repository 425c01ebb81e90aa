from datetime import datetime
from uuid import UUID

from django_fsm import can_proceed

from contracts import calls, operations, wallets
from contracts.models import ChainOperation, Purpose
from rwa_portal.core import history
from rwa_portal.core.actions import action
from rwa_portal.core.errors import DomainError
from rwa_portal.core.models import AuditEvent, User
from subscriptions import kinds, queries
from subscriptions.actions.locks import lock_subscription
from subscriptions.models import Status, Subscription
from subscriptions.offers import offer_of


class SubscriptionNotOverdue(DomainError):
    """The order is paid, at an end, or can still be paid."""


class PaymentUnderWay(DomainError):
    """A payment made in time may still be on its way, or the chain has not been read that far."""


class NothingToRefund(DomainError):
    """The escrow holds no payment under this order."""


class RefundTooEarly(DomainError):
    """The order can still be minted. Reject it first, or wait until its settlement time has passed."""


class RefundUnderWay(DomainError):
    """The refund is on its way already."""


@action
def expire_subscription(*, subscription_id: UUID, by: User, at: datetime) -> Subscription:
    """
    End an order that was not paid in time. What was sent for it goes back by return_payment.

    :raises SubscriptionNotOverdue:
    :raises PaymentUnderWay: what it waits for may have been sent in time
    """
    subscription = lock_subscription(subscription_id)
    if not can_proceed(subscription.expire) or at < subscription.pay_by:
        raise SubscriptionNotOverdue
    if queries.may_still_turn_out_paid(subscription):
        raise PaymentUnderWay

    subscription.expire()
    history.save(subscription, by=by, reason="subscription.expired")
    AuditEvent.record("subscription.expired", subject=subscription, by=by, at=at)
    return subscription


@action
def refund_subscription(*, subscription_id: UUID, by: User, at: datetime, reason: str = "") -> ChainOperation:
    """
    Ask for an order's money back: by anyone once its settlement time has passed, by its issuer before.

    The order becomes REFUNDED later, when the indexer hears OrderRefunded.

    :raises NothingToRefund: if the escrow holds nothing under it
    :raises RefundTooEarly: if it is paid and can still be minted
    :raises RefundUnderWay: if that was asked for already
    """
    subscription = lock_subscription(subscription_id)
    operation = ask_for_money_back(subscription, by=by, at=at)
    AuditEvent.record("subscription.refund_requested", subject=subscription, by=by, at=at, reason=reason)
    return operation


def ask_for_money_back(subscription: Subscription, *, by: User, at: datetime) -> ChainOperation:
    ended = subscription.status in queries.ENDED
    if not subscription.is_funded or not (ended or subscription.status == Status.PAID):
        raise NothingToRefund
    too_late_to_settle = at > subscription.settle_by
    if not (ended or too_late_to_settle):
        raise RefundTooEarly
    if queries.living_operation(queries.refund_key(subscription)):
        raise RefundUnderWay
    escrow = offer_of(subscription.asset).escrow
    if too_late_to_settle:
        kind, wallet = kinds.REFUND, wallets.platform(Purpose.RELAYER)
        call = calls.refund(escrow, subscription.order_id)
    else:
        kind, wallet = kinds.CANCEL_ORDER, queries.issuer_wallet(subscription)
        call = calls.cancel_order(escrow, subscription.order_id)
    return operations.enqueue(
        operations.Call(kind, call.to, call.calldata, queries.refund_facts(subscription)),
        key=queries.refund_key(subscription),
        subject=subscription,
        wallet=wallet,
        by=by,
        at=at,
    )
