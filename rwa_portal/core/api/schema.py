"""
OpenAPI 3.1 of the API: what our fields look like, who may call what, and everything it may answer.

docs/openapi.yaml is this, written down; `manage.py check_openapi` compares the two.
"""

from itertools import product
from typing import Any

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension, OpenApiSerializerFieldExtension
from drf_spectacular.openapi import AutoSchema

from rwa_portal.core.api import problems
from rwa_portal.core.api.requests import SignedIn, SignedInPerson
from rwa_portal.core.api_keys import SCOPES

PROBLEM = {
    "type": "object",
    "description": "RFC 9457. `code` is the name of the broken rule; `errors` names each field and its rule.",
    "required": ["type", "title", "status", "code", "detail", "errors"],
    "additionalProperties": False,
    "properties": {
        "type": {"type": "string", "const": "about:blank"},
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "code": {"type": "string"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "rule", "detail"],
                "properties": {name: {"type": "string"} for name in ("field", "rule", "detail")},
            },
        },
    },
}
# status: what it means, an example's code, and its detail
_READS = {
    "400": ("Malformed", "CursorMalformed", "The cursor is not one of this list."),
    "401": ("Not signed in", "NotAuthenticated", "Authentication credentials were not provided."),
    "403": ("No right", "PermissionDenied", "You do not have permission to perform this action."),
    "404": ("Not there, or not yours to see", "NotFound", "No such row."),
    "405": ("No such method here", "MethodNotAllowed", 'Method "PUT" not allowed.'),
    "406": ("Only JSON is answered", "NotAcceptable", "Could not satisfy the request Accept header."),
    "422": ("A parameter breaks a rule", "FilterUnknown", "The list has no parameter 'colour'."),
    "429": ("Too often", "Throttled", "Request was throttled."),
}
_WRITES = {
    **_READS,
    "400": (
        "Malformed",
        "IdempotencyKeyMissing",
        "Send an Idempotency-Key header.",
    ),
    "409": ("The state does not allow it", "OperationUnderWay", "This was already asked for."),
    "413": ("Too large", "RequestTooLarge", "A JSON body has at most 1 MiB."),
    "415": ("Not JSON", "UnsupportedMediaType", 'Unsupported media type "text/plain" in request.'),
    "422": ("A field breaks a rule", "ValidationError", "Some fields are not valid."),
    "503": ("A part of the portal does not answer", "LimiterUnavailable", "Ask again soon."),
}
_RETRY_AFTER = {
    "Retry-After": {"description": "Seconds.", "schema": {"type": "string", "pattern": "^[0-9]+$"}}
}
_LOCATION = {"description": "Where it stands and how it ends.", "schema": {"type": "string"}}
IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    # What an HTTP header carries unharmed: printable ASCII that does not begin or end with a space.
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]([ -~]*[!-~])?$"},
    "description": "The same key and request get the same answer, once acted on.",
    "example": "order-2026-000117",
}


class ApiSchema(AutoSchema):
    """Says of each operation who may call it, as its permission classes do."""

    def get_auth(self) -> list[dict[str, list[str]]]:
        needed: list[dict[str, list[str]]] = []
        for leaves in self._alternatives():
            scopes = [leaf.required for leaf in leaves if getattr(leaf, "is_scope", False)]
            machine: dict[str, list[str]] = {"apiKey": scopes}
            person: dict[str, list[str]] = {"session": []}
            anybody = any(isinstance(leaf, SignedIn) for leaf in leaves)
            needed += [machine] if scopes else [person, machine] if anybody else [person]
        once = [one for n, one in enumerate(needed) if one not in needed[:n]]
        return once if self.view.authentication_classes else []

    def get_description(self) -> str:  # type: ignore[override]  # drf-spectacular takes no arguments
        return "\n\n".join(filter(None, [super().get_description() or "", self._who()]))

    def _who(self) -> str:
        told = [" and ".join(_words(leaf) for leaf in leaves) for leaves in self._alternatives()]
        return f"For {'; or '.join(filter(None, told))}." if any(told) else ""

    def _alternatives(self) -> list[list[Any]]:
        found: list[list[Any]] = [[]]
        for permission in self.view.get_permissions():
            found = [[*left, *right] for left, right in product(found, _alternatives_of(permission))]
        return found


def _alternatives_of(permission: Any) -> list[list[Any]]:
    """Take a permission composed by | and & apart: the lists of classes one of which must all pass."""
    operands = [getattr(permission, name, None) for name in ("op1", "op2")]
    if None in operands:
        return [[permission]]
    left, right = (_alternatives_of(operand) for operand in operands)
    if type(permission).__name__ == "OR":
        return left + right
    return [[*one, *other] for one, other in product(left, right)]


def _words(leaf: Any) -> str:
    required = getattr(leaf, "required", "")
    if getattr(leaf, "is_scope", False):
        return f"an API key with the scope `{required}`"
    if required:
        return f"a signed-in person with the right `{required}`"
    known = {SignedInPerson: "a signed-in person", SignedIn: "anybody signed in"}
    return known.get(type(leaf), "")


def document_problems(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """A postprocessing hook of drf-spectacular."""
    result.setdefault("components", {}).setdefault("schemas", {})["Problem"] = PROBLEM
    for path, methods in result["paths"].items():
        for method, operation in methods.items():
            writes = method in ("post", "put", "patch", "delete")
            for status, told in (_WRITES if writes else _READS).items():
                operation["responses"].setdefault(status, _response(status, *told))
            _name_locations(operation["responses"])
            if method == "post" and "/webhooks/" not in path:
                operation.setdefault("parameters", []).append(IDEMPOTENCY_KEY)
    return result


def _name_locations(responses: dict[str, Any]) -> None:
    for status in ("201", "202"):
        if status in responses:
            responses[status].setdefault("headers", {})["Location"] = _LOCATION


def _response(status: str, text: str, code: str, detail: str) -> dict[str, Any]:
    shown = problems.body(int(status), code, detail)
    content = {"schema": {"$ref": "#/components/schemas/Problem"}, "example": shown}
    response: dict[str, Any] = {"description": text, "content": {problems.MEDIA_TYPE: content}}
    return response | ({"headers": _RETRY_AFTER} if status in ("429", "503") else {})


class ChainFieldSchema(OpenApiSerializerFieldExtension):
    target_class = "rwa_portal.core.api.fields._ChainField"
    match_subclasses = True

    def map_serializer_field(self, auto_schema: Any, direction: str) -> dict[str, Any]:
        return {**self.target.schema}


class ApiKeySchema(OpenApiAuthenticationExtension):
    target_class = "rwa_portal.core.api.authentication.ApiKeyAuthentication"
    name = "apiKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        scopes = "\n".join(f"- `{name}`: {text}" for name, text in SCOPES.items())
        told = f"A machine's key: rwa_<prefix>_<secret>. It never approves. Scopes:\n\n{scopes}"
        return {"type": "http", "scheme": "bearer", "description": told}


class PersonSchema(OpenApiAuthenticationExtension):
    target_class = "rwa_portal.core.api.authentication.PersonAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        told = "A person's browser session. What writes also needs the X-CSRFToken header and its cookie."
        return {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME, "description": told}
