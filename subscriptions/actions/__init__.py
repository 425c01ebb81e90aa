"""
What people and the clock can do about orders and payments.

- The asset is locked first, then its order, then its payment: orders of one asset share its cap and escrow.
- An action only asks for a call to the chain. PAID, MINTED and REFUNDED come later, from confirmed events.
- What a payment is for is never guessed: one person proposes, another confirms.
"""

from subscriptions.actions.decide import (
    approve_subscription,
    hold_subscription,
    reject_subscription,
    release_subscription,
)
from subscriptions.actions.end import expire_subscription, refund_subscription
from subscriptions.actions.pay import relay_deposit
from subscriptions.actions.payments import (
    allocate_payments,
    confirm_payment_link,
    decline_payment_link,
    propose_payment_link,
    return_payment,
)
from subscriptions.actions.request import OrderRequest, request_subscription

__all__ = [
    "OrderRequest",
    "allocate_payments",
    "approve_subscription",
    "confirm_payment_link",
    "decline_payment_link",
    "expire_subscription",
    "hold_subscription",
    "propose_payment_link",
    "refund_subscription",
    "reject_subscription",
    "relay_deposit",
    "release_subscription",
    "request_subscription",
    "return_payment",
]
