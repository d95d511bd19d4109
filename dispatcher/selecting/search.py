"""Finding deliveries by what somebody has in hand: an order, an id, an address."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from dispatcher import http
from dispatcher.console import names
from dispatcher.models import Delivery, Event, Request, Route

MATCHES = 1_000


@dataclass(frozen=True, slots=True)
class Meant:
    """What somebody's words may mean: events, newest first, of the first of these looks that
    finds any, and what the apps know by that.
    """

    looks: Sequence[QuerySet[Event]]
    known: Sequence[str]

    @property
    def events(self) -> QuerySet[Event]:
        """Those of the look that counts."""
        first, *others = self.looks
        return first if not others or first.exists() else others[0]


def meant(text: str) -> Meant:
    """What is called so, or so in capitals or small letters; where nothing is about what is
    written as typed, also about what is written in those.
    """
    others = sorted({text.upper(), text.lower()} - {text})
    known = names.known([text, *others])
    looks = [about([*names.written([text]), *known])]
    if others:
        looks.append(about(names.written(others)))
    return Meant([look.order_by("-id") for look in looks], known)


def about(subjects: Collection[str]) -> QuerySet[Event]:
    """Events about any of these."""
    return Event.objects.filter(subject__in=subjects).exclude(subject="")  # as the index is


def find_deliveries(queryset: QuerySet[Delivery], text: str) -> QuerySet[Delivery]:
    """Deliveries by webhook-id, event id, the URL, or what the event is about."""
    text = text.strip()
    if "://" in text:
        return _by_url(queryset, text)
    try:
        identifier = UUID(text.removeprefix("msg_"))
    except ValueError:
        return queryset.filter(event_id__in=list(_about(text)[:MATCHES]))
    by_id = queryset.filter(Q(uid=identifier) | Q(event_id=identifier))
    return by_id if by_id.exists() else queryset.filter(event_id__in=list(_about(text)[:MATCHES]))


def find_events(queryset: QuerySet[Event], text: str) -> QuerySet[Event]:
    """Events by their id, or by what they are about."""
    text = text.strip()
    try:
        by_id = queryset.filter(pk=UUID(text))
    except ValueError:
        by_id = queryset.none()
    if by_id.exists():
        return by_id
    return queryset & meant(text).events.order_by()


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
    return meant(text).events.values_list("pk", flat=True)


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
