import logging

from celery import shared_task
from django.utils import timezone

from rwa_portal.core.errors import DomainError
from rwa_portal.core.models import User
from subscriptions import actions
from subscriptions.models import Subscription

log = logging.getLogger(__name__)


@shared_task
def expire_subscriptions(*, limit: int = 200) -> int:
    """End the orders that were not paid in time; returns how many."""
    now, clock, expired = timezone.now(), User.service("clock"), 0
    overdue = Subscription.objects.overdue(now).order_by("pay_by", "id")
    for subscription_id in overdue.values_list("pk", flat=True)[:limit]:
        try:
            actions.expire_subscription(subscription_id=subscription_id, by=clock, at=now)
        except DomainError as error:
            # Paid or ended meanwhile, or a payment may still be heard: the next round asks again.
            log.info(
                "subscription not expired", extra={"subscription": str(subscription_id), "code": error.code}
            )
        else:
            expired += 1
    return expired
