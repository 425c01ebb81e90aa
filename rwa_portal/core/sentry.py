from typing import Any, cast

import sentry_sdk
from django.conf import settings

from rwa_portal.core.scrub import scrub_report


def start() -> None:
    """Report faults, without personal data, where an error tracker is configured."""
    if settings.SENTRY_DSN:
        sentry_sdk.init(
            settings.SENTRY_DSN,
            environment=settings.PORTAL_ENV,
            before_send=cast(Any, scrub_report),
            send_default_pii=False,
            include_local_variables=False,
            max_request_body_size="never",
            max_breadcrumbs=0,
        )
