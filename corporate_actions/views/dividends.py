"""Pages of dividends: what an investor gets and takes, what an issuer or officer starts and watches."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, JsonResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from assets.acting import act, kept, posted
from assets.models import Asset
from contracts import registry
from contracts.calls import Encoded
from contracts.calls import dividends as calls
from contracts.models import State
from contracts.words import BEING_SENT
from corporate_actions import actions, progress_dividends
from corporate_actions import queries_dividends as queries
from corporate_actions.forms_dividends import DividendForm
from corporate_actions.models import DividendDistribution
from investors.models import Investor
from rwa_portal.core import csv_files, drafts
from rwa_portal.core.errors import DomainError
from rwa_portal.core.signed_in import SignedIn

DRAFT_DIVIDEND = "corporate_actions.draft_dividend"
VIEW_DIVIDENDS = "corporate_actions.view_dividenddistribution"
NEW_DIVIDEND = "new-dividend"
ROWS_A_PAGE = 50
COLUMNS = [
    "record_block",
    "wallet",
    "units",
    "gross",
    "paid",
    "held",
    "outstanding",
    "state",
    "reason",
    "tx_hash",
]
PAYING = (Asset.Status.ACTIVE, Asset.Status.PAUSED)


@dataclass(frozen=True)
class Call:
    """A transaction an investor sends with their own wallet."""

    wallet: str
    to: str
    calldata: str
    chain_id: int
    amount: int

    @classmethod
    def of(cls, call: Encoded, *, wallet: str, amount: int) -> "Call":
        chain_id = settings.CHAIN.chain_id
        return cls(wallet, call.to, "0x" + call.calldata.hex(), chain_id, amount)


@login_required
@require_GET
def mine(request: SignedIn) -> HttpResponse:
    """What an investor's wallets get of each dividend, and one call that takes it all."""
    investor = Investor.objects.filter(user=request.user).first()
    if investor is None and _may_manage(request):
        return redirect("corporate_actions:manage_dividends")
    positions = queries.positions(investor) if investor else []
    context = {
        "positions": positions,
        "claimable": sum(each.row.claimable for each in positions if each.can_claim),
        "together": _together(positions),
        "may_manage": _may_manage(request),
    }
    return render(request, "corporate_actions/dividends.html", context)


@login_required
@require_GET
def claim(request: SignedIn, distribution_id: UUID) -> HttpResponse:
    """Where an investor takes the money: with their own wallet, or by letting the portal send it."""
    positions = _own(request, distribution_id)
    distribution = positions[0].distribution
    rows = []
    for position in positions:
        wallet, amount = position.row.wallet, position.row.claimable
        call = calls.claim(distribution.number or 0)
        rows.append(
            {
                "position": position,
                "call": Call.of(call, wallet=wallet, amount=amount) if position.can_claim else None,
                "under_way": _under_way(distribution, wallet),
            }
        )
    context = {
        "distribution": distribution,
        "rows": rows,
        "fingerprint": _fingerprint_of(positions),
        "expired": timezone.now() > distribution.expires_at,
        "progress": progress_dividends.of(distribution, at=timezone.now()),
    }
    return render(request, "corporate_actions/claim.html", context)


@login_required
@require_POST
def send(request: SignedIn, distribution_id: UUID) -> HttpResponse:
    """Let the portal send one's own share; it can reach nobody else."""
    wallet = request.POST.get("wallet", "")
    own = [each for each in _own(request, distribution_id) if each.row.wallet == wallet]
    if not own:
        raise Http404
    try:
        actions.pay_wallet(distribution_id=distribution_id, wallet=wallet, by=request.user, at=timezone.now())
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "Your dividend is on its way. We send it and pay the fee.")
    return redirect("corporate_actions:claim_dividend", distribution_id)


@login_required
@require_GET
def claim_state(request: SignedIn, distribution_id: UUID) -> JsonResponse:
    return _fresh(_fingerprint_of(_own(request, distribution_id)))


@login_required
@require_GET
def manage(request: SignedIn) -> HttpResponse:
    """Every dividend of one's own assets; of all assets for those who may see them."""
    if not _may_manage(request):
        raise PermissionDenied
    rows = _managed(request).order_by("-created_at", "id")
    page = Paginator(rows, ROWS_A_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "may_draft": _draftable(request).exists()}
    return render(request, "corporate_actions/manage_dividends.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def new(request: SignedIn) -> HttpResponse:
    """Draft a dividend."""
    assets = _draftable(request)
    if not (assets.exists() or request.user.has_perm(DRAFT_DIVIDEND) or _may_manage(request)):
        raise PermissionDenied
    initial = kept(request, NEW_DIVIDEND, {"asset": request.GET.get("asset", "")})
    form = DividendForm(posted(request), assets=assets, today=timezone.now(), initial=initial)
    if request.method == "POST" and form.is_valid():
        drafted = act(form, request, actions.draft_distribution, terms=form.terms())
        if drafted is not None:
            drafts.discard(user=request.user, name=NEW_DIVIDEND)
            messages.success(request, "The dividend is drafted. The treasurer declares and funds it.")
            return redirect("corporate_actions:dividend", drafted.pk)
    supplies = [(asset, queries.eligible_now(asset)) for asset in assets[:20]]
    context = {"form": form, "draft": NEW_DIVIDEND, "supplies": supplies}
    return render(request, "corporate_actions/new_dividend.html", context, status=422 if form.errors else 200)


@login_required
@require_GET
def distribution(request: SignedIn, distribution_id: UUID) -> HttpResponse:
    """Where a dividend stands, where its money is, and who gets what."""
    row = _managed_one(request, distribution_id)
    entitled = queries.entitlements(row)
    context = {
        "distribution": row,
        "progress": progress_dividends.of(row, at=timezone.now()),
        "totals": queries.totals(row),
        "page": Paginator(entitled, ROWS_A_PAGE).get_page(request.GET.get("page")),
        "operations": [(each, registry.title(each)) for each in progress_dividends.operations_of(row)],
        "fingerprint": progress_dividends.fingerprint(row),
        "may_discard": row.status == DividendDistribution.Status.DRAFT and _may_draft(request, row.asset),
        "unclaimed_account": queries.unclaimed_account(queries.token_of(row.asset)),
        "history": row.history.order_by("-history_date", "-history_id"),
    }
    return render(request, "corporate_actions/dividend.html", context)


@login_required
@require_GET
def state(request: SignedIn, distribution_id: UUID) -> JsonResponse:
    return _fresh(progress_dividends.fingerprint(_managed_one(request, distribution_id)))


@login_required
@require_POST
def discard(request: SignedIn, distribution_id: UUID) -> HttpResponse:
    row = _managed_one(request, distribution_id)
    if not _may_draft(request, row.asset):
        raise PermissionDenied
    try:
        actions.discard_distribution(
            distribution_id=row.pk, by=request.user, at=timezone.now(), reason="Discarded on its page."
        )
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "The draft is discarded.")
    return redirect("corporate_actions:dividend", row.pk)


@login_required
@require_GET
def entitlements_csv(request: SignedIn, distribution_id: UUID) -> StreamingHttpResponse:
    """Every holder's line: units in the smallest unit, money in micro-USDC."""
    row = _managed_one(request, distribution_id)
    return csv_files.download(f"dividend-{row.pk}.csv", COLUMNS, _lines(row))


def _lines(row: DividendDistribution) -> Iterator[list[object]]:
    for each in queries.entitlements(row):
        said = each.claim
        money = [each.gross, each.paid, each.held, each.outstanding]
        why = [said.reason, said.tx_hash] if said else ["", ""]
        yield [row.snapshot_block, each.wallet, each.units, *money, each.state, *why]


def _own(request: SignedIn, distribution_id: UUID) -> list[queries.Position]:
    investor = get_object_or_404(Investor, user=request.user)
    positions = queries.positions(investor, distribution_id=distribution_id)
    if not positions:
        raise Http404
    return positions


def _together(positions: list[queries.Position]) -> list[Call]:
    """One call a wallet that takes all of its dividends at once, where there are several."""
    by_wallet: dict[str, list[queries.Position]] = {}
    for position in positions:
        if position.can_claim:
            by_wallet.setdefault(position.row.wallet, []).append(position)
    return [
        Call.of(
            calls.claim_many([each.distribution.number or 0 for each in several]),
            wallet=wallet,
            amount=sum(each.row.claimable for each in several),
        )
        for wallet, several in by_wallet.items()
        if len(several) > 1
    ]


def _under_way(distribution: DividendDistribution, wallet: str) -> str:
    confirming = progress_dividends.seen_payment(distribution, wallet)
    if confirming:
        return f"in a block, {confirming}"
    operation = queries.payment_under_way(distribution, wallet)
    return BEING_SENT[State(operation.state)] if operation else ""


def _fingerprint_of(positions: list[queries.Position]) -> str:
    wallets = [each.row.wallet for each in positions]
    return progress_dividends.fingerprint(positions[0].distribution, wallets=wallets)


def _fresh(status: str) -> JsonResponse:
    answer = JsonResponse({"status": status})
    answer["Cache-Control"] = "no-store"
    return answer


def _may_manage(request: SignedIn) -> bool:
    return request.user.has_perm(VIEW_DIVIDENDS) or Asset.objects.of(request.user).exists()


def _managed(request: SignedIn) -> QuerySet[DividendDistribution]:
    rows = DividendDistribution.objects.select_related("asset__issuer", "drafted_by")
    return rows if request.user.has_perm(VIEW_DIVIDENDS) else rows.of(request.user)


def _managed_one(request: SignedIn, distribution_id: UUID) -> DividendDistribution:
    row: DividendDistribution = get_object_or_404(_managed(request), pk=distribution_id)
    return row


def _draftable(request: SignedIn) -> QuerySet[Asset]:
    assets: Any = Asset.objects.all() if request.user.has_perm(DRAFT_DIVIDEND) else None
    mine = Asset.objects.of(request.user) if assets is None else assets
    return mine.filter(status__in=PAYING).order_by("name", "id")


def _may_draft(request: SignedIn, asset: Asset) -> bool:
    return (
        request.user.has_perm(DRAFT_DIVIDEND) or Asset.objects.of(request.user).filter(pk=asset.pk).exists()
    )
