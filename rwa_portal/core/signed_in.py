from django.http import HttpRequest

from rwa_portal.core.models import User


class SignedIn(HttpRequest):
    """A request that login_required, or the admin's own check, has let through."""

    user: User
