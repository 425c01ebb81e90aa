"""
Mail is a row and a task.

- The row is written in the caller's transaction, sealed under the recipient's key; nobody is called there.
- The task claims a row, sends it with no transaction open, and records that. A process that dies in between
  sends it again: mail may arrive twice, never not at all.
- Without EMAIL_HOST (the dev chain only: a fence) it is marked as sent and /dev/mail shows it.
"""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.smtp import EmailBackend as Smtp
from django.utils import timezone

from rwa_portal.core import pokes
from rwa_portal.core.actions import action, refuse_transaction
from rwa_portal.core.models import Mail, PersonKey, User

TASK = "rwa_portal.core.tasks.send_mail"
LEASE = timedelta(seconds=90)  # longer than a task may live


class OutboxBackend(BaseEmailBackend):
    """Django's EMAIL_BACKEND: whoever sends mail writes a row."""

    def send_messages(self, messages: Sequence[EmailMessage]) -> int:
        for message in messages:
            for recipient in message.recipients():
                _write(message, recipient)
        pokes.poke(TASK)
        return len(messages)


@action
def claim(*, at: datetime) -> Mail | None:
    """Take the next mail that is due; another worker gets it back when this one dies."""
    due = Mail.objects.filter(sent_at=None, next_try_at__lte=at).order_by("next_try_at", "id")
    mail = due.select_for_update(skip_locked=True).first()
    if mail is not None:
        mail.tries += 1
        mail.next_try_at = at + max(LEASE, timedelta(seconds=30) * 2 ** min(mail.tries, 9))
        mail.save(update_fields=["tries", "next_try_at"])
    return mail


def deliver(mail: Mail) -> None:
    """
    Hand the mail to the SMTP server, when there is one.

    :raises SMTPException, OSError: it will be tried again
    """
    refuse_transaction()
    if not settings.EMAIL_HOST:
        return
    message = EmailMessage(
        mail.text("subject"), mail.text("body"), settings.DEFAULT_FROM_EMAIL, [mail.text("recipient")]
    )
    message.connection = Smtp(timeout=20)
    message.send()


@action
def record_sent(*, mail_id: uuid.UUID, at: datetime) -> None:
    Mail.objects.filter(pk=mail_id, sent_at=None).update(sent_at=at)


def _write(message: EmailMessage, recipient: str) -> None:
    user = User.objects.filter(email=recipient.lower()).only("id").first()
    person_id = user.pk if user else uuid.uuid4()
    now = timezone.now()
    Mail.objects.create(
        person_id=person_id,
        recipient=PersonKey.seal(person_id, recipient),
        subject=PersonKey.seal(person_id, str(message.subject)),
        body=PersonKey.seal(person_id, str(message.body)),
        created_at=now,
        next_try_at=now,
    )
