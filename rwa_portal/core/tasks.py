import smtplib
import time

import structlog
from celery import shared_task
from django.db import IntegrityError
from django.utils import timezone

from rwa_portal.core import audit, mail

_logger = structlog.get_logger("portal")
WORK_S = 30  # a task may live 60 s; what is left over, the next one takes


@shared_task
def send_mail() -> None:
    """Send what waits; a server that does not answer is asked again later."""
    until = time.monotonic() + WORK_S
    while time.monotonic() < until and (row := mail.claim(at=timezone.now())):
        try:
            mail.deliver(row)
        except (smtplib.SMTPException, OSError) as error:
            _logger.warning("mail.failed", mail=str(row.pk), error=type(error).__name__, tries=row.tries)
        else:
            mail.record_sent(mail_id=row.pk, at=timezone.now())


@shared_task
def seal_audit() -> None:
    """Chain the new events. A twin that seals the same ones loses, and nothing is missing."""
    try:
        while audit.seal() == audit.BATCH:
            pass
    except IntegrityError:
        return


@shared_task
def write_audit_checkpoint() -> None:
    """Seal what a slow transaction left behind, then sign the chain's end."""
    try:
        audit.seal(every=True)
        audit.write_checkpoint(at=timezone.now())
    except IntegrityError:
        return
