from uuid import UUID

from assets.models import Asset
from subscriptions.models import Payment, Subscription


def lock_subscription(subscription_id: UUID) -> Subscription:
    # The asset first, in every action: orders of one asset share its supply cap.
    Asset.objects.select_for_update(of=("self",)).get(subscriptions=subscription_id)
    return Subscription.objects.select_for_update(of=("self",)).get(pk=subscription_id)


def lock_payment(payment_id: UUID) -> Payment:
    """Lock the payment alone; its asset, and its order if it has one, must be locked already."""
    return Payment.objects.select_for_update(of=("self",)).get(pk=payment_id)


def lock_asset_of_payment(payment_id: UUID) -> Asset:
    return Asset.objects.select_for_update(of=("self",)).get(payments=payment_id)
