import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rwa_portal.settings")

from django.core.wsgi import get_wsgi_application  # noqa: E402

import rwa_portal.celery  # noqa: E402, F401  tasks poked from a request must find the broker
from rwa_portal.core import fences  # noqa: E402

application = get_wsgi_application()
fences.hold()
