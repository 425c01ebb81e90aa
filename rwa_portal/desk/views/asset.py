"""An asset's pages: one a topic, each for whoever may read it. Who may not, gets no tab and no page."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from assets import progress
from assets.models import Asset, CustodyProof
from corporate_actions.models import DividendDistribution, Redemption
from indexer import queries as indexer
from indexer.models import EventLog
from rwa_portal.core import csv_files, log
from rwa_portal.core.models import User
from rwa_portal.desk import cap_table as books
from rwa_portal.desk.forms import CapTableForm
from subscriptions import queries
from subscriptions.models import Subscription

Reader = User | AnonymousUser
A_PAGE = 50
SEES_INVESTORS = "investors.view_investor"


def _is_member(asset: Asset, user: Reader) -> bool:
    return user.is_authenticated and asset.issuer.memberships.filter(user=user).exists()


def _reads(right: str) -> Callable[[Asset, Reader], bool]:
    return lambda asset, user: user.has_perm(right) or _is_member(asset, user)


@dataclass(frozen=True)
class Tab:
    name: str  # of its URL, after "desk:"
    title: str
    may_read: Callable[[Asset, Reader], bool]


TABS = [
    Tab("asset", "Overview", lambda *_: True),
    Tab("asset_documents", "Documents & proofs", lambda *_: True),
    Tab("asset_orders", "Orders", _reads("subscriptions.view_subscription")),
    Tab("asset_cap_table", "Cap table", _reads("indexer.view_holding")),
    Tab("asset_distributions", "Distributions", lambda asset, user: user.is_authenticated),
    Tab("asset_redemptions", "Redemptions", _reads("corporate_actions.view_redemption")),
    Tab("asset_events", "Events", _reads("indexer.view_eventlog")),
]


@require_GET
def asset(request: HttpRequest, asset_id: UUID) -> HttpResponse:
    """What is offered, at what price, to whom, and what backs it."""
    row, page = _open(request, asset_id, "asset")
    now, sold = timezone.now(), queries.sold(row)
    page |= {
        "sold": sold,
        "sold_percent": min(100, sold * 100 // row.supply_cap) if row.supply_cap else 0,
        "is_open": _is_open(row, now),
        "proofs": CustodyProof.objects.filter(asset=row).order_by("-recorded_at", "id")[:3],
    }
    return render(request, "desk/asset.html", page)


@require_GET
def documents(request: HttpRequest, asset_id: UUID) -> HttpResponse:
    row, page = _open(request, asset_id, "asset_documents")
    page |= {
        "documents": row.documents.standing().order_by("kind", "file_name", "-version"),
        "proofs": CustodyProof.objects.filter(asset=row).order_by("-recorded_at", "id")[:A_PAGE],
        "today": timezone.now().date(),
        "now": timezone.now(),
    }
    return render(request, "desk/asset_documents.html", page)


@require_GET
def orders(request: HttpRequest, asset_id: UUID) -> HttpResponse:
    row, page = _open(request, asset_id, "asset_orders")
    found = Subscription.objects.filter(asset=row).order_by("-created_at", "id")
    page |= {
        "page": _page_of(request, found),
        "links": request.user.has_perm("subscriptions.view_subscription"),
    }
    return render(request, "desk/asset_orders.html", page)


@require_GET
def cap_table(request: HttpRequest, asset_id: UUID) -> HttpResponse:
    """Who holds it now, at a block or at a time, and what changed since another block."""
    row, page = _open(request, asset_id, "asset_cap_table")
    form = CapTableForm(request.GET)
    page |= {"form": form, "names_investors": request.user.has_perm(SEES_INVESTORS)}
    if not form.is_valid():
        return render(request, "desk/asset_cap_table.html", page, status=422)
    table = books.at(row, form.cleaned_data["point"], since=form.cleaned_data["since_point"])
    shown = _page_of(request, table.wallets)
    page |= {
        "table": table,
        "page": shown,
        "rows": table.rows(shown.object_list),
        "first_issue": books.first_issue(row),
        "query": _without_page(request),
    }
    return render(request, "desk/asset_cap_table.html", page)


@require_GET
def cap_table_csv(request: HttpRequest, asset_id: UUID) -> HttpResponseBase:
    row, page = _open(request, asset_id, "asset_cap_table")
    form = CapTableForm(request.GET)
    if not form.is_valid():
        return render(request, "desk/asset_cap_table.html", page | {"form": form}, status=422)
    table = books.at(row, form.cleaned_data["point"], since=form.cleaned_data["since_point"])
    log.decision("cap_table.exported", subject=str(row.pk), by=str(request.user.pk))
    lines = table.csv_rows(with_owners=request.user.has_perm(SEES_INVESTORS))
    name = f"cap-table-{row.symbol or row.pk}-block-{table.point.number}.csv"
    return csv_files.download(name, table.csv_columns(), lines)


@require_GET
def distributions(request: HttpRequest, asset_id: UUID) -> HttpResponse:
    row, page = _open(request, asset_id, "asset_distributions")
    found = DividendDistribution.objects.visible_to(request.user).filter(asset=row)
    page |= {
        "page": _page_of(request, found.order_by("-created_at", "id")),
        "links": request.user.has_perm("corporate_actions.view_dividenddistribution"),
    }
    return render(request, "desk/asset_distributions.html", page)


@require_GET
def redemptions(request: HttpRequest, asset_id: UUID) -> HttpResponse:
    row, page = _open(request, asset_id, "asset_redemptions")
    found = Redemption.objects.filter(asset=row).select_related("wallet").order_by("-created_at", "id")
    page |= {
        "page": _page_of(request, found),
        "links": request.user.has_perm("corporate_actions.view_redemption"),
        "now": timezone.now(),
    }
    return render(request, "desk/asset_redemptions.html", page)


@require_GET
def events(request: HttpRequest, asset_id: UUID) -> HttpResponse:
    """What the asset's contracts have said, the newest first; what is not confirmed yet is marked."""
    row, page = _open(request, asset_id, "asset_events")
    ours = [each for each in (row.token_address, row.escrow_address) if each]
    found = EventLog.objects.naming(*ours) if ours else EventLog.objects.none()
    page |= {
        "page": _page_of(request, found.select_related("block").order_by("-seq")),
        "confirmed": indexer.position().confirmed_number or 0,
        "links": request.user.has_perm("indexer.view_eventlog"),
    }
    return render(request, "desk/asset_events.html", page)


def _open(request: HttpRequest, asset_id: UUID, name: str) -> tuple[Asset, dict[str, Any]]:
    """The asset and what every one of its pages shows; 404 for who may not read this one."""
    row = get_object_or_404(_visible_to(request.user).select_related("issuer"), pk=asset_id)
    mine = [tab for tab in TABS if tab.may_read(row, request.user)]
    if name not in {tab.name for tab in mine}:
        raise Http404
    tabs = [(tab.title, reverse(f"desk:{tab.name}", args=[row.pk]), tab.name == name) for tab in mine]
    asked = progress.status_call(row)
    return row, {"asset": row, "tabs": tabs, "position": indexer.position(), "status_call": asked}


def _is_open(row: Asset, now: datetime) -> bool:
    if row.status != Asset.Status.ACTIVE or row.opens_at is None or row.closes_at is None:
        return False
    return row.opens_at <= now < row.closes_at


def _visible_to(user: Reader) -> QuerySet[Asset]:
    if user.has_perm("assets.view_asset"):
        return Asset.objects.all()
    mine = Q(pk__in=Asset.objects.of(user).values("pk")) if user.is_authenticated else Q()
    return Asset.objects.filter(Q(pk__in=Asset.objects.on_chain().values("pk")) | mine)


def _page_of(request: HttpRequest, rows: Any) -> Any:
    return Paginator(rows, A_PAGE).get_page(request.GET.get("page"))


def _without_page(request: HttpRequest) -> str:
    query = request.GET.copy()
    query.pop("page", None)
    return query.urlencode()
