"""What browsers may load, how passwords and second factors look. Relaxed on the dev chain only."""

from typing import Any
from urllib.parse import urlsplit

from csp.constants import NONCE, NONE, SELF, UNSAFE_EVAL, UNSAFE_INLINE

PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
PERMISSIONS_POLICY: dict[str, list[str]] = {
    name: [] for name in ("camera", "microphone", "geolocation", "payment", "usb", "interest-cohort")
}
# Unfold's Alpine builds functions from text and sets style attributes; only its own pages may.
ADMIN_CSP = {"script-src": [SELF, UNSAFE_EVAL], "style-src": [SELF, UNSAFE_INLINE]}
# Swagger UI writes style elements.
DOCS_CSP = {"style-src": [SELF, UNSAFE_INLINE]}


def content_security_policy(*, vendor_pages: list[str]) -> dict[str, Any]:
    """Everything is ours; a form may end on the vendor's hosted page, since browsers check redirects too."""
    origins = ["{0.scheme}://{0.netloc}".format(urlsplit(url)) for url in vendor_pages if url]
    return {
        "DIRECTIVES": {
            "default-src": [SELF],
            "script-src": [SELF, NONCE],
            "style-src": [SELF, NONCE],
            "img-src": [SELF, "data:"],
            "object-src": [NONE],
            "base-uri": [NONE],
            "frame-ancestors": [NONE],
            "form-action": [SELF, *origins],
        }
    }
