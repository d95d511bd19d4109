"""/metrics for Prometheus: what is waiting, how old it is, and who works on it.

The figures come from the database when they are asked for, so every web process shows the same.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from secrets import compare_digest

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotFound
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from dispatcher.services import health


class Figures(Collector):
    """The dispatcher's figures as metrics; counts of rows stop at 10,000 to stay cheap."""

    def collect(self) -> Iterable[Metric]:
        figures = health.figures()
        yield _by_state(
            "postbacks_deliveries_waiting",
            "Deliveries not yet ended, at most 10000: due or being retried, or held by a pause.",
            {"pending": figures.waiting, "held": figures.held},
        )
        yield _by_state(
            "postbacks_last_deliveries",
            "States of the 10000 newest deliveries.",
            figures.last_deliveries,
        )
        for name, text, value in (
            (
                "deliveries_failed",
                "Deliveries that failed for good, at most 10000.",
                figures.failed,
            ),
            (
                "oldest_due_seconds",
                "How long the oldest due delivery waits.",
                figures.overdue_seconds,
            ),
            (
                "workers_alive",
                "Worker processes that beat in the last minute.",
                figures.workers_alive,
            ),
            ("destinations_paused", "Destinations paused.", figures.destinations_paused),
            ("rules_paused", "Rules paused.", figures.rules_paused),
        ):
            yield GaugeMetricFamily(f"postbacks_{name}", text, value)
        for name, text, value in (
            ("deliveries_made", "Deliveries made since the installation.", figures.deliveries_made),
            ("attempts_made", "Attempts made since the installation.", figures.attempts_made),
        ):
            yield CounterMetricFamily(f"postbacks_{name}", text, value)


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """The figures in Prometheus' text format; 404 for whoever may not see them."""
    if not _is_allowed(request):
        return HttpResponseNotFound("Not found", content_type="text/plain")
    registry = CollectorRegistry()
    registry.register(Figures())
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _is_allowed(request: HttpRequest) -> bool:
    """With METRICS_TOKEN whoever has it, without one this machine itself, not through a proxy."""
    if settings.METRICS_TOKEN:
        given = request.headers.get("Authorization", "").encode()
        return compare_digest(given, f"Bearer {settings.METRICS_TOKEN}".encode())
    forwarded = "X-Forwarded-For" in request.headers or "Forwarded" in request.headers
    try:
        is_local = ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:  # a Unix socket has no address: a proxy is in front
        return False
    return is_local and not forwarded


def _by_state(name: str, text: str, counts: Mapping[str, int]) -> Metric:
    family = GaugeMetricFamily(name, text, labels=["state"])
    for state, count in counts.items():
        family.add_metric([state], count)
    return family
