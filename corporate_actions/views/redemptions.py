"""What holders and issuers see of redemptions. A holder sees their own; another's is not found."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from assets.models import Asset
from corporate_actions import actions, instructions_redemptions, pages_redemptions, progress_redemptions
from corporate_actions import queries_redemptions as queries
from corporate_actions.forms_redemptions import RedeemForm
from corporate_actions.models import FinalRedemption, Redemption
from investors.models import Investor
from rwa_portal.core.documents import download
from rwa_portal.core.errors import DomainError
from rwa_portal.core.signed_in import SignedIn

ROWS = Redemption.objects.select_related("asset__issuer", "wallet", "investor")
A_PAGE = 50


@login_required
@require_GET
def mine(request: SignedIn) -> HttpResponse:
    investor = Investor.objects.filter(user=request.user).first()
    rows = ROWS.of(request.user).order_by("-created_at", "id")
    context = {
        "page": Paginator(rows, A_PAGE).get_page(request.GET.get("page")),
        "positions": pages_redemptions.positions(investor) if investor else [],
        "finals": pages_redemptions.open_finals(investor) if investor else [],
        "issued": Asset.objects.of(request.user).on_chain().order_by("name", "id"),
        "now": timezone.now(),
    }
    return render(request, "corporate_actions/redemptions.html", context)


@login_required
def new(request: SignedIn, asset_id: UUID) -> HttpResponse:
    asset = get_object_or_404(Asset.objects.select_related("issuer").on_chain(), pk=asset_id)
    investor = Investor.objects.filter(user=request.user).first()
    form = RedeemForm(request.POST or None, asset=asset, investor=investor)
    if request.method == "POST" and investor is not None and form.is_valid():
        try:
            redemption = actions.request_redemption(
                wanted=form.wanted_by(investor), by=request.user, at=timezone.now()
            )
        except DomainError as error:
            form.refuse(error)
        else:
            return redirect("corporate_actions:redemption", redemption.pk)
    context = {
        "form": form,
        "asset": asset,
        "investor": investor,
        "positions": pages_redemptions.positions(investor, asset=asset) if investor else [],
        "expected": timezone.now() + queries.due_after(),
        "final": FinalRedemption.objects.filter(asset=asset).first(),
    }
    page = "corporate_actions/new_redemption.html"
    return render(request, page, context, status=422 if form.errors else 200)


@login_required
@require_GET
def redemption(request: SignedIn, redemption_id: UUID) -> HttpResponse:
    row = _own(request, redemption_id)
    may_send = row.settlement_status == Redemption.Status.REQUESTED
    may_cancel = row.is_locked and not queries.settlement(row)
    context = {
        "redemption": row,
        "progress": progress_redemptions.of(row, at=timezone.now()),
        "fingerprint": pages_redemptions.fingerprint(row),
        "lock": instructions_redemptions.lock(row) if may_send else None,
        "seen": queries.seen_lock(row),
        "cancel": instructions_redemptions.cancel(row) if may_cancel else None,
        "settlement": queries.standing_settlement(row),
        "history": row.history.order_by("history_date", "history_id"),
    }
    return render(request, "corporate_actions/redemption.html", context)


@login_required
@require_GET
def state(request: SignedIn, redemption_id: UUID) -> JsonResponse:
    """What the page of a redemption asks every few seconds."""
    answer = JsonResponse({"status": pages_redemptions.fingerprint(_own(request, redemption_id))})
    answer["Cache-Control"] = "no-store"
    return answer


@login_required
@require_POST
def withdraw(request: SignedIn, redemption_id: UUID) -> HttpResponse:
    row = _own(request, redemption_id)
    try:
        actions.withdraw_redemption(redemption_id=row.pk, by=request.user, at=timezone.now())
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "Withdrawn. The units are free.")
    return redirect("corporate_actions:redemption", row.pk)


@login_required
@require_GET
def document(request: SignedIn, redemption_id: UUID) -> HttpResponseBase:
    """The paper of a settlement outside the chain, for the holder it is about."""
    settlement = queries.standing_settlement(_own(request, redemption_id))
    if settlement is None:
        raise Http404
    return download(settlement.document, by=request.user, at=timezone.now())


@login_required
@require_GET
def final(request: SignedIn, asset_id: UUID) -> HttpResponse:
    closed = get_object_or_404(FinalRedemption.objects.select_related("asset__issuer"), asset=asset_id)
    investor = Investor.objects.filter(user=request.user).first()
    context = {
        "final": closed,
        "asset": closed.asset,
        "pot": pages_redemptions.pot(closed, at=timezone.now()),
        "positions": pages_redemptions.final_positions(closed, investor) if investor else [],
        "fingerprint": pages_redemptions.final_fingerprint(closed, investor),
    }
    return render(request, "corporate_actions/final_redemption.html", context)


@login_required
@require_GET
def final_state(request: SignedIn, asset_id: UUID) -> JsonResponse:
    closed = get_object_or_404(FinalRedemption.objects.select_related("asset"), asset=asset_id)
    investor = Investor.objects.filter(user=request.user).first()
    answer = JsonResponse({"status": pages_redemptions.final_fingerprint(closed, investor)})
    answer["Cache-Control"] = "no-store"
    return answer


@login_required
@require_GET
def of_asset(request: SignedIn, asset_id: UUID) -> HttpResponse:
    """An issuer's view of one asset's redemptions: wallets and amounts, never who the holders are."""
    asset = get_object_or_404(Asset.objects.select_related("issuer").of(request.user), pk=asset_id)
    rows = Redemption.objects.filter(asset=asset).select_related("asset", "wallet")
    context = {
        "asset": asset,
        "page": Paginator(rows.order_by("-created_at", "id"), A_PAGE).get_page(request.GET.get("page")),
        "sums": pages_redemptions.sums(asset),
        "final": FinalRedemption.objects.filter(asset=asset).first(),
        "now": timezone.now(),
    }
    return render(request, "corporate_actions/asset_redemptions.html", context)


def _own(request: SignedIn, redemption_id: UUID) -> Redemption:
    return get_object_or_404(ROWS.of(request.user), pk=redemption_id)
