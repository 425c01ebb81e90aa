"""An investor's own books: what they hold, what waits for them, and the statement of a period."""

from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from corporate_actions import queries_dividends
from corporate_actions.models import Redemption
from indexer import queries as indexer
from investors.models import Investor
from investors.progress import progress
from investors.views import for_investors
from rwa_portal.core import csv_files, log
from rwa_portal.core.errors import RuleBroken
from rwa_portal.core.signed_in import SignedIn
from rwa_portal.desk import next_step, statement_csv, statement_pdf, statements
from rwa_portal.desk import portfolio as books
from rwa_portal.desk.forms import StatementForm
from subscriptions.models import Subscription

SHOWN = 20


@require_GET
@for_investors
def portfolio(request: SignedIn, investor: Investor) -> HttpResponse:
    """Everything an investor has here, over all of their wallets."""
    now = timezone.now()
    what = open_things(request.user, investor)
    holdings = books.holdings_of(investor)
    page = {
        "investor": investor,
        "todo": next_step.todo(what, now=now),
        "holdings": holdings,
        "value": books.value_of(holdings),
        "orders": what.orders[:SHOWN],
        "positions": what.positions[:SHOWN],
        "redemptions": what.redemptions[:SHOWN],
        "position": indexer.position(),
        "form": StatementForm(initial=_this_year()),
    }
    return render(request, "desk/portfolio.html", page)


@require_GET
@for_investors
def statement(request: SignedIn, investor: Investor) -> HttpResponse:
    made, form = _made(request, investor)
    page = {"form": form, "statement": made, "query": request.GET.urlencode()}
    return render(request, "desk/statement.html", page, status=200 if made or not request.GET else 422)


@require_GET
@never_cache
@for_investors
def statement_csv_file(request: SignedIn, investor: Investor) -> HttpResponseBase:
    made, form = _made(request, investor)
    if made is None:
        return render(request, "desk/statement.html", {"form": form}, status=422)
    return csv_files.download(_name(made, "csv"), statement_csv.COLUMNS, statement_csv.rows(made))


@require_GET
@never_cache
@for_investors
def statement_pdf_file(request: SignedIn, investor: Investor) -> HttpResponse:
    made, form = _made(request, investor)
    if made is None:
        return render(request, "desk/statement.html", {"form": form}, status=422)
    answer = HttpResponse(statement_pdf.pdf(made), content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="{_name(made, "pdf")}"'
    return answer


def open_things(user: Any, investor: Investor | None) -> next_step.Open:
    """Read what may ask a person for something."""
    stands = progress(user, at=timezone.now())
    if investor is None:
        return next_step.Open(stands)
    orders = Subscription.objects.of(user).select_related("asset").order_by("-created_at", "id")
    redemptions = Redemption.objects.of(user).select_related("asset", "wallet").order_by("-created_at", "id")
    return next_step.Open(
        progress=stands,
        orders=list(orders[:100]),
        positions=queries_dividends.positions(investor),
        redemptions=list(redemptions[:100]),
    )


def _made(request: SignedIn, investor: Investor) -> tuple[statements.Statement | None, StatementForm]:
    form = StatementForm(request.GET or None, initial=_this_year())
    if not form.is_valid():
        return None, form
    try:
        made = statements.of(investor, **form.cleaned_data, at=timezone.now())
    except RuleBroken as error:
        form.add_error(error.field if error.field in form.fields else None, str(error))
        return None, form
    log.decision("statement.made", subject=str(investor.pk), by=str(request.user.pk))
    return made, form


def _this_year() -> dict[str, Any]:
    today = timezone.now().date()
    return {"begins": today.replace(month=1, day=1), "ends": today}


def _name(made: statements.Statement, ending: str) -> str:
    return f"statement-{made.begins}-to-{made.ends}.{ending}"
