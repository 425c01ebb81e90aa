from typing import Any

REST_FRAMEWORK: dict[str, Any] = {
    "EXCEPTION_HANDLER": "rwa_portal.core.api.exception_handler",
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.DjangoModelPermissions"],
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.SessionAuthentication"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
}
SPECTACULAR: dict[str, Any] = {"TITLE": "RWA Portal", "VERSION": "1", "OAS_VERSION": "3.1.1"}
UNFOLD: dict[str, Any] = {"SITE_TITLE": "RWA Portal", "SITE_HEADER": "RWA Portal", "SHOW_HISTORY": True}
