from celery import shared_task
from django.utils import timezone

from corporate_actions import tasks_redemptions


@shared_task
def follow_redemptions() -> None:
    """Expire, adopt, hold and release redemptions, and note what is due; each by its own rule."""
    for deed in (
        tasks_redemptions.expire,
        tasks_redemptions.adopt,
        tasks_redemptions.hold,
        tasks_redemptions.release,
        tasks_redemptions.note_redeemed_assets,
    ):
        deed(at=timezone.now())
