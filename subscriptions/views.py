"""What an investor sees of orders. Everything here is about one's own orders; another's is not found."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from assets.models import Asset
from investors.models import Investor
from investors.queries import eligibility
from rwa_portal.core import drafts
from rwa_portal.core.documents import download
from rwa_portal.core.errors import DomainError
from rwa_portal.core.signed_in import SignedIn
from subscriptions import actions, instructions, progress, queries
from subscriptions.actions.request import draft_name
from subscriptions.forms import SignatureForm, SubscribeForm
from subscriptions.models import Subscription

MINE = Subscription.objects.select_related("asset__issuer", "wallet", "investor")


@login_required
@require_GET
def orders(request: SignedIn) -> HttpResponse:
    mine = MINE.of(request.user).order_by("-created_at", "id")
    return render(request, "subscriptions/orders.html", {"orders": mine})


@login_required
@require_GET
def offerings(request: SignedIn) -> HttpResponse:
    shown = [queries.offering(asset, at=timezone.now()) for asset in queries.offered_assets()]
    return render(request, "subscriptions/offerings.html", {"offerings": shown})


@login_required
def subscribe(request: SignedIn, asset_id: UUID) -> HttpResponse:
    asset = get_object_or_404(Asset.objects.select_related("issuer").on_chain(), pk=asset_id)
    investor = Investor.objects.filter(user=request.user).first()
    draft = drafts.load(user=request.user, name=draft_name(asset))
    draft.pop("terms_hash", None)  # what was accepted then may not be what is to be accepted now
    form = SubscribeForm(request.POST or None, asset=asset, investor=investor, initial=draft)
    if request.method == "POST" and investor is not None and form.is_valid():
        try:
            order = actions.request_subscription(
                order=form.order_by(investor), by=request.user, at=timezone.now()
            )
        except DomainError as error:
            form.refuse(error)
        else:
            return redirect("orders:pay", order.pk)
    now = timezone.now()
    context = {
        "form": form,
        "offering": queries.offering(asset, at=now),
        "investor": investor,
        "reasons": eligibility(investor, asset, at=now) if investor else [],
        "draft": draft_name(asset),
    }
    return render(request, "subscriptions/subscribe.html", context, status=422 if form.errors else 200)


@login_required
@require_GET
def document(request: SignedIn, document_id: UUID) -> HttpResponseBase:
    """What an investor is to accept is open to everyone who may order; the reading is in the trail."""
    shown = get_object_or_404(queries.documents_to_read(), pk=document_id)
    return download(shown.document, by=request.user, at=timezone.now())


@login_required
@require_GET
def order(request: SignedIn, subscription_id: UUID) -> HttpResponse:
    mine = _own(request, subscription_id)
    context = {
        "order": mine,
        "progress": progress.of(mine),
        "payments": mine.payments.order_by("block_number", "log_index"),
        "refunds": mine.refunds.order_by("block_number", "id"),
        "history": mine.history.order_by("history_date", "history_id"),
        "may_refund": queries.is_refundable(mine, at=timezone.now()),
    }
    return render(request, "subscriptions/order.html", context)


@login_required
@require_GET
def pay(request: SignedIn, subscription_id: UUID) -> HttpResponse:
    return _pay_page(request, _own(request, subscription_id), SignatureForm())


@login_required
@require_POST
def sign(request: SignedIn, subscription_id: UUID) -> HttpResponse:
    mine = _own(request, subscription_id)
    form = SignatureForm(request.POST)
    if form.is_valid():
        try:
            actions.relay_deposit(
                subscription_id=mine.pk,
                signature=form.cleaned_data["signature"].strip(),
                by=request.user,
                at=timezone.now(),
            )
        except DomainError as error:
            field = getattr(error, "field", "")
            form.add_error("signature" if field == "signature" else None, str(error))
        else:
            messages.success(request, "Signature received. We send it to the escrow and pay the fee.")
            return redirect("orders:order", mine.pk)
    return _pay_page(request, mine, form, status=422)


@login_required
@require_POST
def refund(request: SignedIn, subscription_id: UUID) -> HttpResponse:
    mine = _own(request, subscription_id)
    try:
        actions.refund_subscription(subscription_id=mine.pk, by=request.user, at=timezone.now())
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "Your refund is on its way.")
    return redirect("orders:order", mine.pk)


@login_required
@require_GET
def state(request: SignedIn, subscription_id: UUID) -> JsonResponse:
    """What the order page asks every few seconds."""
    answer = JsonResponse(progress.of(_own(request, subscription_id)).as_json())
    answer["Cache-Control"] = "no-store"
    return answer


def _own(request: SignedIn, subscription_id: UUID) -> Subscription:
    return get_object_or_404(MINE.of(request.user), pk=subscription_id)


def _pay_page(request: SignedIn, mine: Subscription, form: SignatureForm, status: int = 200) -> HttpResponse:
    context = {
        "order": mine,
        "form": form,
        "progress": progress.of(mine),
        "how": instructions.of(mine, at=timezone.now()),
    }
    return render(request, "subscriptions/pay.html", context, status=status)
