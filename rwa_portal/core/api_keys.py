"""
API keys: what machines sign in with.

- Shown once, when issued; only its SHA-256 is kept (256 random bits need no slow hash).
- Bound to a service user of its own; scopes say what it may ask; it never approves and holds no rights.
"""

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta
from uuid import UUID

from rwa_portal.core.actions import action
from rwa_portal.core.errors import DomainError, RuleBroken
from rwa_portal.core.models import ApiKey, AuditEvent, User

SCOPES = {
    "assets:read": "Read assets, their terms and documents.",
    "assets:write": "Submit assets for review.",
    "compliance:write": "Ask for an investor's allowlisting.",
    "dividends:read": "Read dividends and where their money is.",
    "dividends:write": "Ask for dividends to be declared and funded.",
    "events:read": "Read the chain's events.",
    "kyc:write": "Open KYC sessions.",
    "operations:read": "Read operations.",
    "redemptions:read": "Read redemptions.",
    "redemptions:write": "Ask for redemptions.",
    "subscriptions:read": "Read subscriptions.",
    "subscriptions:write": "Ask for subscriptions.",
}
LONGEST = timedelta(days=366)


class ScopeUnknown(RuleBroken):
    """There is no such scope."""

    field = "scopes"


class ExpiryOutOfRange(RuleBroken):
    """A key lives at least a minute and at most a year."""

    field = "expires_at"


class ApiKeyRevoked(DomainError):
    """The key is revoked already."""


@action
def issue_api_key(
    *,
    service_name: str,
    label: str,
    scopes: list[str],
    expires_at: datetime,
    by: User,
    at: datetime,
    reason: str,
) -> tuple[ApiKey, str]:
    """
    Let a machine in. Returns the key's row and its text, which nobody can read again.

    :raises ScopeUnknown:
    :raises ExpiryOutOfRange:
    """
    if not scopes or not set(scopes) <= set(SCOPES):
        raise ScopeUnknown
    if not at + timedelta(minutes=1) <= expires_at <= at + LONGEST:
        raise ExpiryOutOfRange
    name = f"api.{service_name}"
    service = User.objects.filter(service_name=name).first() or User.objects.create_service(name)
    prefix, secret = secrets.token_hex(4), secrets.token_urlsafe(32)
    key = ApiKey.objects.create(
        label=label,
        prefix=prefix,
        digest=_digest(secret),
        service=service,
        scopes=sorted(set(scopes)),
        created_by=by,
        created_at=at,
        expires_at=expires_at,
    )
    AuditEvent.record("api_key.issued", subject=key, by=by, at=at, reason=reason)
    return key, f"rwa_{prefix}_{secret}"


@action
def revoke_api_key(*, api_key_id: UUID, by: User, at: datetime, reason: str) -> ApiKey:
    """
    Shut a key out, from the next request on.

    :raises ApiKeyRevoked: if it is already
    """
    key = ApiKey.objects.select_for_update(of=("self",)).get(pk=api_key_id)
    if key.revoked_at is not None:
        raise ApiKeyRevoked
    key.revoked_at, key.revoked_by = at, by
    key.save(update_fields=["revoked_at", "revoked_by"])
    AuditEvent.record("api_key.revoked", subject=key, by=by, at=at, reason=reason)
    return key


def find(text: str, *, at: datetime) -> ApiKey | None:
    """Return the usable key of this text, comparing in constant time."""
    parts = text.split("_", 2)
    if len(parts) != 3 or parts[0] != "rwa" or not text.isascii():
        return None
    key = ApiKey.objects.select_related("service").filter(prefix=parts[1][:12]).first()
    known = key.digest if key else _digest("")
    matches = hmac.compare_digest(known, _digest(parts[2]))
    return key if key and matches and key.is_usable(at) else None


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
