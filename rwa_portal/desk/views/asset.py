from typing import Any
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from assets import progress
from assets.models import Asset, CustodyProof
from indexer import queries as indexer
from rwa_portal.core.models import User
from subscriptions import queries
from subscriptions.models import Subscription


@require_GET
def asset(request: HttpRequest, asset_id: UUID) -> HttpResponse:
    """One asset for everybody who may see it: its offer, its papers and proofs, and for staff its books."""
    row = get_object_or_404(_visible_to(request.user).select_related("issuer"), pk=asset_id)
    now = timezone.now()
    sold = queries.sold(row)
    page: dict[str, Any] = {
        "asset": row,
        "sold": sold,
        "sold_percent": min(100, sold * 100 // row.supply_cap) if row.supply_cap else 0,
        "is_open": row.status == Asset.Status.ACTIVE and row.opens_at <= now < row.closes_at,
        "documents": row.documents.standing().order_by("kind", "file_name", "-version"),
        "proofs": CustodyProof.objects.filter(asset=row).order_by("-recorded_at", "id")[:5],
        "status_call": progress.status_call(row),
        "position": indexer.position(),
    }
    if request.user.has_perm("subscriptions.view_subscription"):
        page["holdings"] = _cap_table(row)
        page["orders"] = Subscription.objects.filter(asset=row).order_by("-created_at", "id")[:20]
    return render(request, "desk/asset.html", page)


def _visible_to(user: User | AnonymousUser) -> Any:
    if user.has_perm("assets.view_asset"):
        return Asset.objects.all()
    mine = Q(pk__in=Asset.objects.of(user).values("pk")) if user.is_authenticated else Q()
    return Asset.objects.filter(Q(pk__in=Asset.objects.on_chain().values("pk")) | mine)


def _cap_table(row: Asset) -> list[dict[str, Any]]:
    held = indexer.holdings(row.token_address) if row.token_address else {}
    total = sum(held.values())
    # Shares in basis points: a page shows them, nothing is computed from them.
    return [{"wallet": w, "units": u, "bps": u * 10_000 // total} for w, u in held.items()]
