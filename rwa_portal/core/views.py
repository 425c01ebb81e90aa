import orjson
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_POST

from rwa_portal.core import drafts
from rwa_portal.core.errors import RuleBroken


@login_required
@require_POST
def save_draft(request: HttpRequest, name: str) -> HttpResponse:
    """Keep what is being typed: the page's script sends it as one JSON object."""
    try:
        values = orjson.loads(request.body)
        drafts.save(user=request.user, name=name, values=values, at=timezone.now())
    except orjson.JSONDecodeError:
        return JsonResponse({"code": "DraftMalformed"}, status=400)
    except RuleBroken as error:
        return JsonResponse({"code": error.code, "detail": str(error)}, status=422)
    return HttpResponse(status=204)
