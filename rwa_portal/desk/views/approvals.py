from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from contracts import actions, encoding, operations, registry
from contracts.encoding import Described
from contracts.models import ChainOperation, State
from rwa_portal.core.errors import DomainError
from rwa_portal.core.models import Approval, User
from rwa_portal.core.signed_in import SignedIn
from rwa_portal.desk.forms import ReasonForm

RIGHT = "contracts.approve_operation"


@dataclass(frozen=True)
class Waiting:
    """An operation that waits for consent, as the person who is asked reads it."""

    operation: ChainOperation
    title: str
    call: Described | None
    approvals: str
    why_not: str  # why this reader cannot approve; empty when they can


@login_required
@permission_required(RIGHT, raise_exception=True)
@require_GET
def inbox(request: SignedIn) -> HttpResponse:
    """Every call that waits for approvals, in plain words, the oldest first."""
    waiting = ChainOperation.objects.filter(state=State.AWAITING_APPROVAL)
    rows = waiting.select_related("requested_by", "wallet", "after").order_by("requested_at", "id")
    page = {"items": [_read(row, request.user) for row in rows], "form": ReasonForm()}
    return render(request, "desk/approvals.html", page)


@login_required
@permission_required(RIGHT, raise_exception=True)
@require_POST
def approve(request: SignedIn, operation_id: UUID) -> HttpResponse:
    form = ReasonForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Say why, in at least 5 characters: the reason is kept in the audit trail.")
        return redirect("desk:approvals")
    try:
        operation = actions.approve_operation(
            operation_id=operation_id,
            by=request.user,
            at=timezone.now(),
            reason=form.cleaned_data["reason"],
        )
    except ChainOperation.DoesNotExist:
        messages.error(request, "There is no such operation.")
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(
            request, f"Approved ({operations.approvals(operation)}): {registry.title(operation)}."
        )
    return redirect("desk:approvals")


def _read(operation: ChainOperation, user: User) -> Waiting:
    return Waiting(
        operation=operation,
        title=registry.title(operation),
        call=encoding.describe_call(bytes(operation.calldata)),
        approvals=operations.approvals(operation),
        why_not=_why_not(operation, user),
    )


def _why_not(operation: ChainOperation, user: User) -> str:
    if operation.requested_by_id == user.pk:
        return "You asked for this; somebody else must approve it."
    given = Approval.objects.filter(subject=operation.pk, digest=operation.digest, by=user)
    return "You have approved this; it waits for others." if given.exists() else ""
