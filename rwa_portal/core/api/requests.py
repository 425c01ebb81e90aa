import hashlib
import json
from collections.abc import Callable
from typing import Any, TypeVar

from rest_framework import exceptions, permissions
from rest_framework.request import Request
from rest_framework.response import Response

from rwa_portal.core.actions import Answer, KeyedRequest, action
from rwa_portal.core.models import ApiKey, User

R = TypeVar("R")


class IdempotencyKeyMissing(exceptions.APIException):
    status_code = 400
    default_detail = "Send an Idempotency-Key header of at most 255 characters."


def person_with(permission: str) -> type[permissions.BasePermission]:
    """Let a signed-in person with this right pass. A machine's key never decides."""

    class PersonWithRight(permissions.BasePermission):
        required = permission

        def has_permission(self, request: Request, view: Any) -> bool:
            return request.auth is None and request.user.has_perm(permission)

    return PersonWithRight


def scope(name: str) -> type[permissions.BasePermission]:
    """Let a machine's key with this scope pass (core.api_keys.SCOPES). Combine: person_with(…) | scope(…)."""

    class KeyWithScope(permissions.BasePermission):
        required, is_scope = name, True

        def has_permission(self, request: Request, view: Any) -> bool:
            return isinstance(request.auth, ApiKey) and name in request.auth.scopes

    return KeyWithScope


class SignedInPerson(permissions.BasePermission):
    """The default, so that a view which forgot to say who may ask is closed to machines."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return request.auth is None and request.user.is_authenticated


class SignedIn(permissions.BasePermission):
    """Anybody: a person, or a machine whatever its scopes. For views that show each only its own."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return bool(request.user.is_authenticated)


def person(request: Request) -> User:
    """
    Return who asks, in a view that SignedInPerson or person_with keeps to signed-in people.

    :raises TypeError: when nobody is signed in: the view lacks that permission
    """
    if not isinstance(request.user, User):
        raise TypeError("This view is open to requests without a person.")
    return request.user


def act_once(
    request: Request, act: "action[..., R]", render: Callable[[R], Answer], **arguments: Any
) -> Response:
    """Call the action under the request's Idempotency-Key."""
    key = request.headers.get("Idempotency-Key", "")
    if not 0 < len(key) <= 255 or not key.isprintable():
        raise IdempotencyKeyMissing
    asked = json.dumps([request.method, request.path, _plain(request)], sort_keys=True)
    digest = hashlib.sha256(asked.encode()).hexdigest()
    answer = act.once(KeyedRequest(arguments["by"], key, digest), render, **arguments)
    return Response(answer.body, status=answer.status, headers=_location(answer))


def _location(answer: Answer) -> dict[str, str]:
    """Where what was asked for tells how it ends, or where what was made is."""
    links = answer.body.get("links", {})
    found = links.get("operation") or links.get("self")
    return {"Location": found} if found else {}


def _plain(request: Request) -> Any:
    """The request as JSON: a form's lists as they are, a file as the hash of its bytes."""
    if not hasattr(request.data, "lists"):
        return request.data
    return {
        name: [_file_hash(v) if hasattr(v, "chunks") else v for v in values]
        for name, values in request.data.lists()
    }


def _file_hash(file: Any) -> str:
    hashed = hashlib.sha256()
    for block in file.chunks():
        hashed.update(block)
    file.seek(0)
    return hashed.hexdigest()
