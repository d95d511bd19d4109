"""Spans of time as ranges of primary keys, since every index of the ledgers ends in the key."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from dispatcher.ids import first_id
from dispatcher.models import Delivery
from dispatcher.sql import now

SLACK = timedelta(minutes=10)
"""How far keys and times may disagree: two machines' clocks, a transaction that took its time."""
SPANS = {
    "1h": ("Last hour", timedelta(hours=1)),
    "24h": ("Last 24 hours", timedelta(days=1)),
    "7d": ("Last 7 days", timedelta(days=7)),
    "30d": ("Last 30 days", timedelta(days=30)),
}


def parse_day(text: str) -> datetime | None:
    """The start of a day, in the service's time zone; None if it is no date."""
    try:
        day = datetime.strptime(text, "%Y-%m-%d")  # noqa: DTZ007 - made aware below
        return timezone.make_aware(day).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def created_from(queryset: QuerySet[Delivery], moment: datetime) -> QuerySet[Delivery]:
    """Deliveries created at this time or later."""
    before = Delivery.objects.filter(uid__lt=first_id(moment - SLACK)).order_by("-uid")
    last = before.values_list("pk", flat=True).first() or 0
    return queryset.filter(pk__gt=last, uid__gte=first_id(moment))


def created_before(queryset: QuerySet[Delivery], moment: datetime) -> QuerySet[Delivery]:
    """Deliveries created earlier than this time."""
    try:
        latest = first_id(moment + SLACK)
    except OverflowError:
        return queryset
    after = Delivery.objects.filter(uid__gte=latest).order_by("uid")
    first = after.values_list("pk", flat=True).first()
    queryset = queryset.filter(uid__lt=first_id(moment))
    return queryset if first is None else queryset.filter(pk__lt=first)


def parse_span(text: str) -> tuple[datetime, datetime | None] | None:
    """`24h`, or two times as `2026-11-21T09:00:00Z..2026-11-21T10:00:00Z`; None for nonsense."""
    if text in SPANS:
        return now() - SPANS[text][1], None
    start, dots, end = text.partition("..")
    try:
        moments = [parse_datetime(part.strip().replace(" ", "+")) for part in (start, end)]
    except ValueError:
        return None
    if not dots or any(moment is None or moment.tzinfo is None for moment in moments):
        return None
    return moments[0], moments[1]  # type: ignore[return-value] # neither is None here


def span_text(start: datetime, end: datetime) -> str:
    """Two times as `parse_span` reads them."""
    return "..".join(f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" for moment in (start, end))
