from django.utils import timezone

from contracts.models import ChainOperation
from investors import operations
from investors.models import Investor
from rwa_portal.core.models import AuditEvent, User


def recheck_allowlist(operation: ChainOperation) -> dict[str, str]:
    """
    Read again what the allowlist rests on, and make sure that the call still says it.

    :raises ProfileChanged: it would say something else now
    :raises InvestorNotVerified, VerificationExpired, WalletMissing: see operations
    """
    investor = Investor.objects.get(pk=operation.subject)
    call = operations.allowlist_call(investor, at=timezone.now())
    if call.calldata != bytes(operation.calldata):
        raise operations.ProfileChanged
    return dict(call.facts)


def recheck_disallow(operation: ChainOperation) -> dict[str, str]:
    """Return the facts as they were: taking a right away needs no reason that could go away."""
    return dict(operation.facts)


def allowlist_failed(operation: ChainOperation, reason: str) -> None:
    _record("investor.allowlist_failed", operation, reason)


def disallow_failed(operation: ChainOperation, reason: str) -> None:
    _record("investor.disallow_failed", operation, reason)


def title(operation: ChainOperation) -> str:
    verb = "Allow" if operation.kind == operations.ALLOWLIST else "Take off the allowlist"
    return f"{verb}: all wallets of investor {operation.subject}"


def _record(kind: str, operation: ChainOperation, reason: str) -> None:
    AuditEvent.record(
        kind,
        subject=Investor.objects.get(pk=operation.subject),
        by=User.service("custody"),
        at=operation.state_at,
        reason=reason,
    )
