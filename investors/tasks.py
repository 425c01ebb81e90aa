from datetime import timedelta
from uuid import UUID

import structlog
from celery import shared_task
from django.utils import timezone

from investors import identification
from investors.actions.kyc import ReadingOutdated
from investors.kyc import ProviderRefused, ProviderUnavailable
from investors.models import Outcome, WebhookDelivery
from rwa_portal.core.models import User

log = structlog.get_logger(__name__)
POKE_LOST_AFTER = timedelta(seconds=15)


@shared_task
def work_off_notice(delivery_id: str) -> None:
    """Work off one journalled notice. What the provider's trouble leaves undone, the sweep finds."""
    delivery = WebhookDelivery.objects.get(pk=UUID(delivery_id))
    vendor = User.service(f"kyc.{delivery.provider}")
    try:
        outcome = identification.work_off(delivery_id=delivery.pk, by=vendor, clock=timezone.now)
    except (ProviderUnavailable, ProviderRefused, ReadingOutdated) as error:
        log.warning("kyc.notice_waits", delivery=delivery_id, why=error.code)
    else:
        log.info("kyc.notice_done", delivery=delivery_id, outcome=outcome.value)


@shared_task
def sweep_notices(*, limit: int = 50) -> None:
    """Work off the notices whose wake-up was lost or whose provider did not answer."""
    waiting = WebhookDelivery.objects.filter(
        outcome=Outcome.RECEIVED, received_at__lte=timezone.now() - POKE_LOST_AFTER
    )
    for delivery_id in waiting.order_by("received_at").values_list("pk", flat=True)[:limit]:
        work_off_notice(str(delivery_id))
