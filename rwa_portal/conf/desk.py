from typing import Any

REST_FRAMEWORK: dict[str, Any] = {
    "EXCEPTION_HANDLER": "rwa_portal.core.api.problems.exception_handler",
    "DEFAULT_PERMISSION_CLASSES": ["rwa_portal.core.api.requests.SignedInPerson"],
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "rwa_portal.core.api.authentication.ApiKeyAuthentication",
        "rwa_portal.core.api.authentication.PersonAuthentication",
    ],
    "DEFAULT_PAGINATION_CLASS": "rwa_portal.core.api.pages.SignedCursorPagination",
    "DEFAULT_FILTER_BACKENDS": ["rwa_portal.core.api.filters.StrictFilterBackend"],
    "DEFAULT_PARSER_CLASSES": ["rwa_portal.core.api.parsers.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_THROTTLE_CLASSES": ["rwa_portal.core.throttles.PostThrottle"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR: dict[str, Any] = {
    "TITLE": "RWA Portal",
    "DESCRIPTION": "Amounts are strings of integers in their smallest unit. Errors are RFC 9457 problems.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api",
    "COMPONENT_SPLIT_REQUEST": True,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "rwa_portal.core.api.schema.document_problems",
    ],
}
