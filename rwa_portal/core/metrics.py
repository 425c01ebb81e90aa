"""
/metrics for Prometheus: what django-prometheus counts in every process, and gauges read from the rows.

Labels are routes, states and kinds; never a person, an id or an address. Apps add gauges with `gauge`.
"""

import hmac
import os
from collections.abc import Callable, Iterator, Mapping

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from rwa_portal.core.models import AuditEvent, Mail

_gauges: dict[str, tuple[str, str, Callable[[], Mapping[str, float]]]] = {}


def gauge(name: str, description: str, label: str, read: Callable[[], Mapping[str, float]]) -> None:
    """Register a gauge read from the rows at each scrape: `read` returns a number by label value."""
    _gauges[name] = (description, label, read)


class Rows(Collector):
    def collect(self) -> Iterator[GaugeMetricFamily]:
        for name, (description, label, read) in _gauges.items():
            family = GaugeMetricFamily(name, description, labels=[label])
            for value, number in read().items():
                family.add_metric([value], number)
            yield family


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if settings.METRICS_TOKEN and not hmac.compare_digest(given.encode(), settings.METRICS_TOKEN.encode()):
        return HttpResponse(status=401, headers={"WWW-Authenticate": "Bearer"})
    rows = CollectorRegistry()
    rows.register(Rows())
    processes = REGISTRY
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        processes = CollectorRegistry()
        MultiProcessCollector(processes)
    return HttpResponse(generate_latest(processes) + generate_latest(rows), content_type=CONTENT_TYPE_LATEST)


gauge(
    "portal_waiting",
    "Rows that wait for a task.",
    "what",
    lambda: {
        "audit_event": AuditEvent.objects.filter(auditseal=None).count(),
        "mail": Mail.objects.filter(sent_at=None).count(),
    },
)
