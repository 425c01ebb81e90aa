from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from assets.models import Asset, Issuer
from investors.models import Investor
from rwa_portal.desk import next_step, portfolio, work
from rwa_portal.desk.views.portfolio import open_things


def home(request: HttpRequest) -> HttpResponse:
    """The front door: what waits for whoever opens it, whatever they are here."""
    if not request.user.is_authenticated:
        offers = Asset.objects.active().select_related("issuer").order_by("closes_at", "id")
        return render(request, "desk/welcome.html", {"offers": offers[:6]})
    user, now = request.user, timezone.now()
    investor = Investor.objects.filter(user=user).first()
    issuers = Issuer.objects.of(user).order_by("created_at", "id")
    if user.is_staff and investor is None and not issuers:
        return redirect("admin:index")
    what = open_things(user, investor)
    page = {
        "investor": investor,
        "issuers": issuers,
        "assets": Asset.objects.of(user).order_by("-created_at", "id"),
        "orders": what.orders[:10],
        "holdings": portfolio.holdings_of(investor) if investor else [],
        # An issuer's member is not pushed to become an investor.
        "next": next_step.of(what, now=now) if investor or not issuers else None,
        "more": max(len(next_step.todo(what, now=now)) - 1, 0) if investor else 0,
        "tiles": work.tiles(user, at=now) if user.is_staff else [],
    }
    return render(request, "desk/home.html", page)
