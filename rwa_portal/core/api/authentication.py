from typing import Any

from django.utils import timezone
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from rwa_portal.core import api_keys
from rwa_portal.core.models import ApiKey, User


class ApiKeyNotValid(AuthenticationFailed):
    default_detail = "The API key is unknown, expired or revoked."


class ApiKeyAuthentication(BaseAuthentication):
    """`Authorization: Bearer rwa_<prefix>_<secret>`: a machine, as the service user its key is bound to."""

    def authenticate(self, request: Request) -> tuple[User, ApiKey] | None:
        kind, _, text = request.headers.get("Authorization", "").partition(" ")
        if kind.lower() != "bearer":
            return None
        key = api_keys.find(text.strip(), at=timezone.now())
        if key is None:
            raise ApiKeyNotValid
        return key.service, key

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'


class PersonAuthentication(SessionAuthentication):
    """A person's browser session, with CSRF."""

    def authenticate(self, request: Request) -> Any:
        found = super().authenticate(request)
        # A session is a person's. Service users have no password; this also shuts any other way in.
        return None if found and found[0].is_service else found
