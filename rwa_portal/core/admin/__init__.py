"""The base of every admin page (base.py) and the kernel's own pages (pages.py, registered by this import)."""

from rwa_portal.core.admin.base import Button, ReadOnlyAdmin, ReasonForm

__all__ = ["Button", "ReadOnlyAdmin", "ReasonForm", "pages"]

from rwa_portal.core.admin import pages  # noqa: E402  needs the base
