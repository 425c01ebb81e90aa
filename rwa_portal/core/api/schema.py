"""OpenAPI 3.1: what every operation may answer, and how our fields look."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension, OpenApiSerializerFieldExtension

from rwa_portal.core.api import problems

PROBLEM = {
    "type": "object",
    "description": "RFC 9457. `code` is the name of the broken rule; `errors` names each field and its rule.",
    "required": ["type", "title", "status", "code", "detail", "errors"],
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
_READS = {
    "400": "Malformed",
    "401": "Not signed in",
    "403": "No right",
    "404": "Not found",
    "429": "Too often",
}
_WRITES = {
    "409": "The state does not allow it",
    "413": "Too large",
    "415": "Wrong content type",
    "422": "A field breaks a rule",
    "503": "A part of the portal does not answer",
}
IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
    "description": "The same key and request get the same answer, once acted on.",
}


def document_problems(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """A postprocessing hook of drf-spectacular."""
    result.setdefault("components", {}).setdefault("schemas", {})["Problem"] = PROBLEM
    for path, methods in result["paths"].items():
        for method, operation in methods.items():
            writes = method in ("post", "put", "patch", "delete")
            listed = _READS | ({"422": "A parameter breaks a rule"} if not writes else _WRITES)
            for status, text in listed.items():
                operation["responses"].setdefault(status, _response(text))
            if method == "post" and "/webhooks/" not in path:
                operation.setdefault("parameters", []).append(IDEMPOTENCY_KEY)
    return result


def _response(text: str) -> dict[str, Any]:
    content = {problems.MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {"description": text, "content": content}


class ChainFieldSchema(OpenApiSerializerFieldExtension):
    target_class = "rwa_portal.core.api.fields._ChainField"
    match_subclasses = True

    def map_serializer_field(self, auto_schema: Any, direction: str) -> dict[str, Any]:
        return {**self.target.schema}


class ApiKeySchema(OpenApiAuthenticationExtension):
    target_class = "rwa_portal.core.api.authentication.ApiKeyAuthentication"
    name = "apiKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "A machine's key: rwa_<prefix>_<secret>."}


class PersonSchema(OpenApiAuthenticationExtension):
    target_class = "rwa_portal.core.api.authentication.PersonAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "apiKey", "in": "cookie", "name": "sessionid"}
