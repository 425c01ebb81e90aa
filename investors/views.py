from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from investors import actions, forms, identification, personal, queries
from investors.actions.profile import DRAFT
from investors.models import Investor, KycStatus, WalletChallenge
from investors.progress import progress
from rwa_portal.core import drafts
from rwa_portal.core.errors import DomainError
from rwa_portal.core.signed_in import SignedIn
from rwa_portal.core.throttles import TooManyRequests, take


def for_investors(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Let a signed-in person with an investor profile pass; send others to write one."""

    @login_required
    def checked(request: SignedIn, *args: Any, **kwargs: Any) -> HttpResponseBase:
        investor = Investor.objects.filter(user=request.user).first()
        if investor is None:
            messages.info(request, "Fill in your profile first.")
            return redirect("investors:profile")
        return view(request, investor, *args, **kwargs)

    return checked


@require_GET
@login_required
def home(request: SignedIn) -> HttpResponse:
    now = timezone.now()
    stands = progress(request.user, at=now)
    asked = queries.operations_of(stands.investor)[:5] if stands.investor else []
    return render(request, "investors/home.html", {"progress": stands, "operations": asked})


@require_http_methods(["GET", "POST"])
@login_required
def profile(request: SignedIn) -> HttpResponse:
    investor = Investor.objects.filter(user=request.user).first()
    if investor is not None and investor.kyc_status != KycStatus.PENDING:
        return render(request, "investors/profile_fixed.html", {"investor": investor})
    form = forms.ProfileForm(request.POST or None, initial=_initial(request, investor))
    if form.is_valid():
        try:
            _save_profile(request, investor, form)
            return redirect("investors:home")
        except DomainError as error:
            forms.refuse(form, error)
    context = {"form": form, "investor": investor, "draft": DRAFT}
    return render(request, "investors/profile.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@for_investors
def identity(request: SignedIn, investor: Investor) -> HttpResponse:
    link, refusal = "", ""
    if request.method == "POST":
        try:
            _throttle(request)
            link = identification.begin(investor=investor, by=request.user, at=timezone.now())
        except DomainError as error:
            refusal = str(error)
    context = {"progress": progress(request.user, at=timezone.now()), "link": link, "refusal": refusal}
    return render(request, "investors/identity.html", context, status=409 if refusal else 200)


@require_http_methods(["GET", "POST"])
@for_investors
def wallets(request: SignedIn, investor: Investor) -> HttpResponse:
    form = forms.WalletForm(request.POST or None)
    if form.is_valid():
        try:
            challenge = actions.challenge_wallet(
                investor_id=investor.pk,
                address=form.cleaned_data["address"],
                by=request.user,
                at=timezone.now(),
            )
            return redirect("investors:sign", challenge_id=challenge.pk)
        except DomainError as error:
            forms.refuse(form, error)
    context = {"form": form, "wallets": investor.wallets.order_by("-is_primary", "proven_at")}
    return render(request, "investors/wallets.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@for_investors
def sign(request: SignedIn, investor: Investor, challenge_id: UUID) -> HttpResponse:
    challenge = get_object_or_404(WalletChallenge, pk=challenge_id, investor=investor)
    form = forms.SignatureForm(request.POST or None)
    if form.is_valid():
        try:
            actions.prove_wallet(
                challenge_id=challenge_id,
                signature=form.cleaned_data["signature"],
                by=request.user,
                at=timezone.now(),
            )
            messages.success(request, "The wallet is proven.")
            return redirect("investors:home")
        except DomainError as error:
            forms.refuse(form, error)
    context = {"form": form, "challenge": challenge}
    return render(request, "investors/sign.html", context, status=422 if form.errors else 200)


@require_POST
@for_investors
def make_primary(request: SignedIn, investor: Investor, wallet_id: UUID) -> HttpResponse:
    get_object_or_404(investor.wallets, pk=wallet_id)
    actions.choose_primary_wallet(wallet_id=wallet_id, by=request.user, at=timezone.now())
    messages.success(request, "This wallet now stands for you.")
    return redirect("investors:wallets")


class TooManyLinks(DomainError):
    """You have asked for many links within an hour. Try again later."""


def _throttle(request: SignedIn) -> None:
    try:
        take(kyc_session=str(request.user.pk))
    except TooManyRequests:
        raise TooManyLinks from None


def _initial(request: SignedIn, investor: Investor | None) -> dict[str, Any]:
    draft = drafts.load(user=request.user, name=DRAFT)
    if investor is None:
        return draft
    sent = forms.from_details(
        personal.unseal(investor),
        jurisdiction_code=investor.jurisdiction_code,
        declared_type=investor.declared_type,
    )
    return {**sent, **draft}


def _save_profile(request: SignedIn, investor: Investor | None, form: forms.ProfileForm) -> None:
    written = form.profile()
    if investor is None:
        actions.register_investor(profile=written, by=request.user, at=timezone.now())
        messages.success(request, "Your profile is saved.")
        return
    actions.correct_details(investor_id=investor.pk, profile=written, by=request.user, at=timezone.now())
    messages.success(request, "Your profile is corrected.")
