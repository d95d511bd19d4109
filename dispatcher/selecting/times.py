"""Spans of time as ranges of primary keys, since every index of the ledgers ends in the key."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from dispatcher.ids import first_id
from dispatcher.models import Delivery
from dispatcher.sql import now

EARLIEST, LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(9990, 1, 1, tzinfo=UTC)
"""Nothing was created before or is after; times can be reckoned with a little beyond."""
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
    except ValueError:
        return None
    return _reckonable(timezone.make_aware(day))


def parse_moment(text: str) -> datetime | None:
    """A time with its zone (ISO 8601), in UTC; None for anything else."""
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo else None
    except (ValueError, OverflowError):
        return None


def _reckonable(moment: datetime) -> datetime:
    """The same in UTC, or the end of time that it is beyond."""
    return min(max(moment, EARLIEST), LATEST).astimezone(UTC)


def created_from(queryset: QuerySet[Delivery], moment: datetime) -> QuerySet[Delivery]:
    """Deliveries created at this time or later."""
    before = Delivery.objects.filter(uid__lt=first_id(moment - SLACK)).order_by("-uid")
    last = before.values_list("pk", flat=True).first() or 0
    return queryset.filter(pk__gt=last, uid__gte=first_id(moment))


def created_before(queryset: QuerySet[Delivery], moment: datetime) -> QuerySet[Delivery]:
    """Deliveries created earlier than this time."""
    after = Delivery.objects.filter(uid__gte=first_id(moment + SLACK)).order_by("uid")
    first = after.values_list("pk", flat=True).first()
    queryset = queryset.filter(uid__lt=first_id(moment))
    return queryset if first is None else queryset.filter(pk__lt=first)


def inserted_before(queryset: QuerySet[Any], field: str, moment: datetime) -> QuerySet[Any]:
    """Rows whose time, given by the service when they were inserted, is before this.

    The key of the first row that came well after bounds them, too: a list that begins at the
    newest would read through all that is newer. Only for times that are over: after such a one
    the clocks of all machines have gone on.
    """
    before = queryset.filter(**{f"{field}__lt": moment})
    if moment + 2 * SLACK > now():
        return before
    rows = queryset.model._default_manager.filter(**{f"{field}__gte": moment + SLACK})  # noqa: SLF001 - Django's API
    first = rows.order_by(field).values_list("pk", flat=True).first()
    return before if first is None else before.filter(pk__lt=first)


def parse_span(text: str) -> tuple[datetime, datetime | None] | None:
    """`24h`, or two times as `2026-11-21T09:00:00Z..2026-11-21T10:00:00Z`; None for nonsense."""
    if text in SPANS:
        return now() - SPANS[text][1], None
    start, dots, end = text.partition("..")
    try:
        moments = [parse_datetime(part.strip().replace(" ", "+")) for part in (start, end)]
    except ValueError:
        return None
    whole = [_reckonable(moment) for moment in moments if moment and moment.tzinfo]
    return (whole[0], whole[1]) if dots and len(whole) == 2 else None


def span_text(start: datetime, end: datetime) -> str:
    """Two times as `parse_span` reads them."""
    return "..".join(f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" for moment in (start, end))
