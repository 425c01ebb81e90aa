from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from assets import actions, next_steps, queries
from assets.acting import act, kept, posted
from assets.forms import ApplicationForm, MemberForm
from assets.models import Issuer
from rwa_portal.core import drafts
from rwa_portal.core.signed_in import SignedIn

APPLICATION = "issuer-application"
FIELDS = ("legal_name", "registration_number", "jurisdiction_code")


@login_required
@require_GET
def home(request: SignedIn) -> HttpResponse:
    """The issuers I am a member of, their assets, and what waits for me."""
    context = {
        "issuers": queries.issuers_of(request.user),
        "assets": queries.assets_of(request.user),
        "steps": next_steps.of(request.user, at=timezone.now()),
    }
    return render(request, "assets/home.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def apply(request: SignedIn) -> HttpResponse:
    form = ApplicationForm(posted(request), initial=kept(request, APPLICATION))
    if request.method == "POST" and form.is_valid():
        issuer = act(form, request, actions.submit_issuer, **form.cleaned_data)
        if issuer is not None:
            drafts.discard(user=request.user, name=APPLICATION)
            messages.success(request, "The application is submitted. We tell you what the reviewer decides.")
            return redirect("issuer:issuer", issuer.pk)
    return render(request, "assets/apply.html", {"form": form, "draft": APPLICATION})


@login_required
@require_http_methods(["GET", "POST"])
def issuer(request: SignedIn, issuer_id: UUID) -> HttpResponse:
    """Where the application stands; a returned one is answered here."""
    row = get_object_or_404(Issuer.objects.of(request.user), pk=issuer_id)
    form = ApplicationForm(posted(request), initial={name: getattr(row, name) for name in FIELDS})
    form.mark_asked(row.return_fields)
    if request.method == "POST" and form.is_valid():
        answered = act(form, request, actions.resubmit_issuer, issuer_id=row.pk, **form.cleaned_data)
        if answered is not None:
            messages.success(request, "The application is back with the reviewer.")
            return redirect("issuer:issuer", row.pk)
    context = {"issuer": row, "form": form, "member_form": MemberForm(), "assets": _assets_of(row)}
    return render(request, "assets/issuer.html", context)


@login_required
@require_POST
def add_member(request: SignedIn, issuer_id: UUID) -> HttpResponse:
    row = get_object_or_404(Issuer.objects.of(request.user), pk=issuer_id)
    member_form = MemberForm(request.POST)
    if member_form.is_valid():
        member = act(member_form, request, actions.add_member, issuer_id=row.pk, **member_form.cleaned_data)
        if member is not None:
            messages.success(request, "The member is added.")
            return redirect("issuer:issuer", row.pk)
    form = ApplicationForm(initial={name: getattr(row, name) for name in FIELDS})
    context = {"issuer": row, "form": form, "member_form": member_form, "assets": _assets_of(row)}
    return render(request, "assets/issuer.html", context, status=422)


def _assets_of(issuer: Issuer) -> object:
    return issuer.assets.order_by("-created_at", "id")
