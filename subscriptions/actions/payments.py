from datetime import datetime
from uuid import UUID

from contracts import calls, operations, wallets
from contracts.models import ChainOperation, Purpose
from rwa_portal.core import history
from rwa_portal.core.actions import action
from rwa_portal.core.errors import DomainError, RuleBroken
from rwa_portal.core.models import AuditEvent, User
from subscriptions import kinds, queries
from subscriptions.actions.locks import lock_asset_of_payment, lock_payment, lock_subscription
from subscriptions.models import AWAITING_PAYMENT, Payment, PaymentStatus, Status, Subscription
from subscriptions.offers import offer_of


class PaymentNotUnmatched(DomainError):
    """The payment is linked, used or returned already."""


class LinkNotProposed(DomainError):
    """Nobody has proposed an order for this payment."""


class LinkProposedAlready(DomainError):
    """Somebody has proposed an order for this payment; confirm or decline that first."""


class SecondPersonNeeded(DomainError):
    """Another person must confirm what you proposed."""


class OrderUnknown(RuleBroken):
    """There is no such order of this asset."""

    field = "subscription_id"


class OrderNotAwaitingPayment(RuleBroken):
    """The order does not wait for a payment."""

    field = "subscription_id"


class OrderFullyLinked(RuleBroken):
    """The payments linked to this order already cover its price; this one can be returned."""

    field = "subscription_id"


class PayerNotInvestor(RuleBroken):
    """The payer is no proven wallet of the order's investor. Have it proven, or return the payment."""

    field = "subscription_id"


class PayersDiffer(RuleBroken):
    """All payments of one order must come from one wallet, so that a refund has one way back."""

    field = "subscription_id"


class PaymentsTooSmall(DomainError):
    """The payments linked to this order do not cover its price yet."""


class AllocationUnderWay(DomainError):
    """The payments of this order are being allocated already."""


class PaymentNotReturnable(DomainError):
    """Nothing of this payment can be returned: it is used, returned, or linked to an open order."""


class ReturnUnderWay(DomainError):
    """The return of this payment is on its way already."""


@action
def propose_payment_link(
    *, payment_id: UUID, subscription_id: UUID, by: User, at: datetime, reason: str
) -> Payment:
    """
    Say which order a plain transfer is for. Nothing happens until another person confirms it.

    :raises PaymentNotUnmatched, LinkProposedAlready, ReturnUnderWay: the payment is decided already
    :raises OrderUnknown, OrderNotAwaitingPayment, OrderFullyLinked: the order needs no payment
    :raises PayerNotInvestor, PayersDiffer: the payer does not fit
    """
    asset = lock_asset_of_payment(payment_id)
    order = (
        Subscription.objects.select_for_update(of=("self",)).filter(pk=subscription_id, asset=asset).first()
    )
    if order is None:
        raise OrderUnknown
    payment = lock_payment(payment_id)
    if payment.status != PaymentStatus.UNMATCHED:
        raise PaymentNotUnmatched
    if payment.proposed_order_id:
        raise LinkProposedAlready
    if queries.living_operation(queries.return_key(payment)):
        raise ReturnUnderWay
    _refuse_misfit(payment, order)

    payment.propose(order=order, by=by, at=at)
    payment.save()
    AuditEvent.record("payment.link_proposed", subject=payment, by=by, at=at, reason=reason)
    return payment


@action
def decline_payment_link(*, payment_id: UUID, by: User, at: datetime, reason: str) -> Payment:
    """
    Take a proposal off the table, one's own included.

    :raises LinkNotProposed:
    """
    lock_asset_of_payment(payment_id)
    payment = lock_payment(payment_id)
    if not payment.proposed_order_id:
        raise LinkNotProposed

    AuditEvent.record("payment.link_declined", subject=payment, by=by, at=at, reason=reason)
    payment.drop_proposal()
    payment.save()
    return payment


@action
def confirm_payment_link(*, payment_id: UUID, by: User, at: datetime, reason: str) -> Payment:
    """
    Agree, as a second person, that a plain transfer is for the proposed order.

    Its payer is then stated on chain; as soon as the linked payments cover the price they are allocated
    to the order, which becomes PAID when the indexer hears OrderFunded. Until then it is UNDERPAID.

    :raises LinkNotProposed, SecondPersonNeeded:
    :raises OrderNotAwaitingPayment, OrderFullyLinked, PayerNotInvestor, PayersDiffer: it no longer fits
    """
    proposed = Payment.objects.get(pk=payment_id).proposed_order_id
    if proposed is None:
        raise LinkNotProposed
    order = lock_subscription(proposed)
    payment = lock_payment(payment_id)
    if payment.proposed_order_id != order.pk:
        raise LinkNotProposed
    if payment.proposed_by_id == by.pk:
        raise SecondPersonNeeded
    _refuse_misfit(payment, order)

    payment.link(by=by, at=at)
    payment.save()
    AuditEvent.record("payment.linked", subject=payment, by=by, at=at, reason=reason)
    if queries.missing(order) == 0:
        _allocate(order, by=by, at=at)
    else:
        _approve_receipts(order, by=by, at=at)
        _note_underpayment(order, by=by, at=at)
    return payment


@action
def allocate_payments(*, subscription_id: UUID, by: User, at: datetime, reason: str) -> ChainOperation:
    """
    Ask again for the allocation of an order's linked payments, after an earlier attempt has failed.

    :raises OrderNotAwaitingPayment, PaymentsTooSmall, AllocationUnderWay:
    """
    order = lock_subscription(subscription_id)
    if order.status not in AWAITING_PAYMENT:
        raise OrderNotAwaitingPayment
    if queries.missing(order):
        raise PaymentsTooSmall
    if queries.living_operation(queries.allocate_key(order)):
        raise AllocationUnderWay

    operation = _allocate(order, by=by, at=at)
    AuditEvent.record("subscription.allocation_requested", subject=order, by=by, at=at, reason=reason)
    return operation


@action
def return_payment(*, payment_id: UUID, by: User, at: datetime, reason: str) -> ChainOperation:
    """
    Send what is left of a plain transfer back to its payer: it belongs to nobody, or its order has ended.

    The payment becomes RETURNED later, when the indexer hears PaymentReturned.

    :raises PaymentNotReturnable, LinkProposedAlready, ReturnUnderWay:
    """
    lock_asset_of_payment(payment_id)
    payment = lock_payment(payment_id)
    if payment.proposed_order_id:
        raise LinkProposedAlready
    if not queries.is_returnable(payment):
        raise PaymentNotReturnable
    if queries.living_operation(queries.return_key(payment)):
        raise ReturnUnderWay

    stated = _approve_receipt(payment, after=None, by=by, at=at)
    call = calls.return_payment(payment.escrow, payment.receipt)
    operation = operations.enqueue(
        operations.Call(kinds.RETURN_PAYMENT, call.to, call.calldata, queries.return_facts(payment)),
        key=queries.return_key(payment),
        subject=payment,
        wallet=wallets.platform(Purpose.ESCROW_OPERATOR),
        by=by,
        at=at,
        after=stated,
    )
    AuditEvent.record("payment.return_requested", subject=payment, by=by, at=at, reason=reason)
    return operation


def _refuse_misfit(payment: Payment, order: Subscription) -> None:
    if order.status not in AWAITING_PAYMENT:
        raise OrderNotAwaitingPayment
    if queries.missing(order) == 0:
        raise OrderFullyLinked
    if not order.investor.wallets.filter(address=payment.payer).exists():
        raise PayerNotInvestor
    if queries.linked(order).exclude(payer=payment.payer).exists():
        raise PayersDiffer


def _note_underpayment(order: Subscription, *, by: User, at: datetime) -> None:
    if order.status == Status.UNDERPAID:
        return
    order.note_underpayment()
    history.save(order, by=by, reason="subscription.underpaid")
    AuditEvent.record("subscription.underpaid", subject=order, by=by, at=at)


def _allocate(order: Subscription, *, by: User, at: datetime) -> ChainOperation:
    last = _approve_receipts(order, by=by, at=at)
    facts = queries.allocation_facts(order)
    receipts = list(queries.linked(order).values_list("receipt", flat=True))
    call = calls.allocate(offer_of(order.asset).escrow, queries.order_of(order), receipts)
    return operations.enqueue(
        operations.Call(kinds.ALLOCATE, call.to, call.calldata, facts),
        key=queries.allocate_key(order),
        subject=order,
        wallet=wallets.platform(Purpose.ESCROW_OPERATOR),
        by=by,
        at=at,
        after=last,
    )


def _approve_receipts(order: Subscription, *, by: User, at: datetime) -> ChainOperation | None:
    # An operation waits for one other only, so the receipts of an order queue up behind each other.
    last = None
    for payment in queries.linked(order):
        last = _approve_receipt(payment, after=last, by=by, at=at) or last
    return last


def _approve_receipt(
    payment: Payment, *, after: ChainOperation | None, by: User, at: datetime
) -> ChainOperation | None:
    """Have the payer stated on chain, once a payment. None when the chain has it already."""
    asked = queries.living_operation(queries.receipt_key(payment))
    if asked is not None:
        return queries.pending(asked)
    call = calls.approve_receipt(payment.escrow, payment.receipt, payment.payer, payment.amount)
    return operations.enqueue(
        operations.Call(kinds.APPROVE_RECEIPT, call.to, call.calldata, queries.receipt_facts(payment)),
        key=queries.receipt_key(payment),
        subject=payment,
        wallet=wallets.platform(Purpose.COMPLIANCE),
        by=by,
        at=at,
        after=after,
    )
