"""Opening what is sealed, for one reader. That it was read, by whom and why, stays in the trail."""

import base64
from datetime import datetime
from uuid import UUID

from investors import personal
from investors.models import Investor, KycSession, WebhookDelivery
from rwa_portal.core.actions import action
from rwa_portal.core.models import AuditEvent, PersonKey, User

Shown = dict[str, str]


@action
def reveal_person(*, investor_id: UUID, by: User, at: datetime, reason: str) -> Shown:
    """Open who an investor is."""
    investor = Investor.objects.get(pk=investor_id)
    AuditEvent.record("investor.revealed", subject=investor, by=by, at=at, reason=reason)
    details = personal.unseal(investor)
    return {name.replace("_", " ").capitalize(): str(getattr(details, name)) for name in personal.FIELDS}


@action
def reveal_comments(*, session_id: UUID, by: User, at: datetime, reason: str) -> Shown:
    """Open what the provider has written about a person, to the person and to staff."""
    session = KycSession.objects.get(pk=session_id)
    AuditEvent.record("kyc.revealed", subject=session, by=by, at=at, reason=reason)
    return {
        "To the investor": personal.text(session, "public_comment"),
        "To staff only": personal.text(session, "internal_comment"),
    }


@action
def reveal_notice(*, delivery_id: UUID, by: User, at: datetime, reason: str) -> Shown:
    """Open a notice as it came in."""
    delivery = WebhookDelivery.objects.get(pk=delivery_id)
    AuditEvent.record("kyc.notice_revealed", subject=delivery, by=by, at=at, reason=reason)
    body = PersonKey.unseal(delivery.person_id, bytes(delivery.body))
    return {
        "Headers": PersonKey.unseal(delivery.person_id, bytes(delivery.headers)),
        "Body": _text(body),
    }


def _text(encoded: str) -> str:
    try:
        return base64.b64decode(encoded, validate=True).decode(errors="replace")
    except ValueError:  # the person was erased: what is left says so itself
        return encoded
