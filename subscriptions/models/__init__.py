from subscriptions.models.facts import OrderFact
from subscriptions.models.payment import Payment, PaymentStatus, Refund
from subscriptions.models.subscription import (
    AWAITING_PAYMENT,
    PAYMENT_CONFIRMED,
    Status,
    Subscription,
)

__all__ = [
    "AWAITING_PAYMENT",
    "PAYMENT_CONFIRMED",
    "OrderFact",
    "Payment",
    "PaymentStatus",
    "Refund",
    "Status",
    "Subscription",
]
