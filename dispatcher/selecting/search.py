"""Finding deliveries by what somebody has in hand: an order, an id, an address."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from dispatcher import http
from dispatcher.console import names
from dispatcher.models import Delivery, Event, Request, Route

MATCHES = 1_000


def find_deliveries(queryset: QuerySet[Delivery], text: str) -> QuerySet[Delivery]:
    """Deliveries by webhook-id, event id, the URL, or what the event is about."""
    text = text.strip()
    if "://" in text:
        return _by_url(queryset, text)
    try:
        identifier = UUID(text.removeprefix("msg_"))
    except ValueError:
        return queryset.filter(event_id__in=list(_about(text)[:MATCHES]))
    return queryset.filter(Q(uid=identifier) | Q(event_id=identifier))


def is_cut(text: str) -> bool:
    """Whether a search finds more than it takes: the newest 1,000."""
    text = text.strip()
    if "://" in text:
        routes = _configured(text)
        found: QuerySet[Any, Any] = routes if routes.exists() else _sent_to(text)
    else:
        found = _about(text)
    return found[: MATCHES + 1].count() > MATCHES


def _about(text: str) -> QuerySet[Any, Any]:
    about = Event.objects.filter(subject__in=names.subjects(text)).exclude(subject="")
    return about.order_by("-id").values_list("pk", flat=True)


def _configured(url: str) -> QuerySet[Any, Any]:
    found = Route.objects.filter(spec__url__startswith=url).order_by("-pk")
    return found.values_list("pk", "rule_id")


def _sent_to(url: str) -> QuerySet[Any, Any]:
    return Request.objects.filter(url=url).order_by("-pk").values_list("pk", flat=True)


def _by_url(queryset: QuerySet[Delivery], url: str) -> QuerySet[Delivery]:
    """Exactly this address; else what was configured to go to one that begins so."""
    routes = list(_configured(url)[:MATCHES])
    if routes:
        rules = {rule_id for _, rule_id in routes}
        return queryset.filter(rule_id__in=rules, route_id__in=[pk for pk, _ in routes])
    found = list(_sent_to(url)[:MATCHES])
    if found:
        return queryset.filter(pk__in=found)
    try:
        origin = http.origin(url)
    except http.InvalidUrlError:
        return queryset.none()
    if url.rstrip("/").count("/") > 2:  # a path that nothing was sent to
        return queryset.none()
    return queryset.filter(destination__key=origin)
