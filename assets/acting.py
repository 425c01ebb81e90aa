from collections.abc import Callable
from typing import Any, TypeVar

from django.http import HttpRequest, QueryDict
from django.utils import timezone

from assets.forms import PortalForm
from rwa_portal.core import drafts
from rwa_portal.core.errors import DomainError
from rwa_portal.core.signed_in import SignedIn

R = TypeVar("R")


def act(form: PortalForm, request: SignedIn, action: Callable[..., R], **arguments: Any) -> R | None:
    """Call the action of a valid form as the signed-in person; what it refuses becomes the form's error."""
    try:
        return action(**arguments, by=request.user, at=timezone.now())
    except DomainError as error:
        form.refuse(error)
        return None


def posted(request: HttpRequest) -> QueryDict | None:
    """What a form is bound to; an empty POST is one, too."""
    return request.POST if request.method == "POST" else None


def kept(request: SignedIn, name: str, initial: dict[str, Any] | None = None) -> dict[str, Any]:
    """What a form begins with: what is stored, and over it what the person has typed and not yet sent."""
    return {**(initial or {}), **drafts.load(user=request.user, name=name)}
