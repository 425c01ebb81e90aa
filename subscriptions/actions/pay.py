from datetime import datetime
from uuid import UUID

from contracts import calls, operations, signatures, wallets
from contracts.models import ChainOperation, Purpose
from rwa_portal.core.actions import action
from rwa_portal.core.errors import DomainError, RuleBroken
from rwa_portal.core.models import AuditEvent, User
from subscriptions import kinds, queries
from subscriptions.actions.locks import lock_subscription
from subscriptions.models import Status, Subscription
from subscriptions.offers import offer_of


class SubscriptionNotAwaitingPayment(DomainError):
    """The order does not wait for a payment."""


class PayByPassed(DomainError):
    """The time to pay this order has passed."""


class DepositUnderWay(DomainError):
    """Your signed payment is on its way already."""


class SignerNotBuyer(RuleBroken):
    """The signature is not by the order's wallet."""

    field = "signature"


@action
def relay_deposit(*, subscription_id: UUID, signature: str, by: User, at: datetime) -> ChainOperation:
    """
    Send the investor's EIP-3009 signature to the escrow: it pays the order and accepts its terms.

    The portal pays the gas. The order becomes PAID later, when the indexer hears OrderFunded.

    :raises SubscriptionNotAwaitingPayment, PayByPassed, DepositUnderWay: not now
    :raises SignerNotBuyer: or what contracts.signatures says about a malformed one
    """
    subscription = lock_subscription(subscription_id)
    refuse_unpayable(subscription, at=at)
    if queries.living_operation(queries.deposit_key(subscription)):
        raise DepositUnderWay
    escrow, order = offer_of(subscription.asset).escrow, queries.order_of(subscription)
    signed = signatures.receive_with_authorization_typed_data(escrow, order)
    if signatures.recover_typed_data(signed, signature) != subscription.wallet.address:
        raise SignerNotBuyer

    call = calls.deposit_with_authorization(escrow, order, signature)
    operation = operations.enqueue(
        operations.Call(kinds.RELAY_DEPOSIT, call.to, call.calldata, queries.deposit_facts(subscription)),
        key=queries.deposit_key(subscription),
        subject=subscription,
        wallet=wallets.platform(Purpose.RELAYER),
        by=by,
        at=at,
    )
    AuditEvent.record("subscription.deposit_signed", subject=subscription, by=by, at=at)
    return operation


def refuse_unpayable(subscription: Subscription, *, at: datetime) -> None:
    """
    :raises SubscriptionNotAwaitingPayment, PayByPassed:
    """
    if subscription.status != Status.REQUESTED:
        raise SubscriptionNotAwaitingPayment
    if at >= subscription.pay_by:
        raise PayByPassed
