from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

import orjson
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from rwa_portal.core import drafts
from rwa_portal.core.errors import RuleBroken
from rwa_portal.core.models import Mail
from rwa_portal.core.signed_in import SignedIn


@login_required
@require_POST
def save_draft(request: SignedIn, name: str) -> HttpResponse:
    """Keep what is being typed: the page's script sends it as one JSON object."""
    try:
        values = orjson.loads(request.body)
        drafts.save(user=request.user, name=name, values=values, at=timezone.now())
    except orjson.JSONDecodeError:
        return JsonResponse({"code": "DraftMalformed"}, status=400)
    except RuleBroken as error:
        return JsonResponse({"code": error.code, "detail": str(error)}, status=422)
    return HttpResponse(status=204)


def _only_on_the_dev_chain(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    @wraps(view)
    def guarded(request: HttpRequest, **kwargs: Any) -> HttpResponse:
        if not (settings.CHAIN.is_dev and settings.PORTAL_ENV == "dev"):
            raise Http404
        return view(request, **kwargs)

    return guarded


@require_safe
@_only_on_the_dev_chain
def dev_mails(request: HttpRequest) -> HttpResponse:
    """What the portal has written to people: on the dev chain nothing is really sent."""
    mails = Mail.objects.order_by("-created_at")[:100]
    rows = [{"mail": m, "to": m.text("recipient"), "subject": m.text("subject")} for m in mails]
    return render(request, "dev/mails.html", {"rows": rows})


@require_safe
@_only_on_the_dev_chain
def dev_mail(request: HttpRequest, mail_id: UUID) -> HttpResponse:
    mail = get_object_or_404(Mail, pk=mail_id)
    shown = {name: mail.text(name) for name in ("recipient", "subject", "body")}
    return render(request, "dev/mail.html", {"mail": mail, **shown})
