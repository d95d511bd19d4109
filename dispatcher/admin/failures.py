"""Failures by cause: what failed in the same way at the same destination, as one line."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from dispatcher import sql
from dispatcher.admin.deliveries_words import short_destination
from dispatcher.console.wording import cause_words
from dispatcher.models import Delivery, Destination
from dispatcher.selecting.times import SPANS, created_from, span_text

MOST = 100_000
"""The newest failures that are looked at."""
GROUPS = 200
_GROUPED = f"""
    SELECT destination_id, outcome, cause, count(*), min(id), max(id) FROM (
        SELECT id, destination_id, outcome, cause FROM dispatcher_delivery
        WHERE state = 'failed' AND NOT is_test AND id > %s ORDER BY id DESC LIMIT {MOST}
    ) AS failed
    GROUP BY destination_id, outcome, cause ORDER BY count(*) DESC, max(id) DESC LIMIT {GROUPS}
"""  # noqa: S608 - no input


@dataclass(frozen=True, slots=True)
class Group:
    """What failed in one way at one destination."""

    where: str
    cause: str
    count: int
    first_at: datetime
    last_at: datetime
    example_url: str
    list_url: str
    resend_url: str


def groups(asked: str) -> list[Group]:
    """The causes of a span of time, most frequent first."""
    now = sql.now()
    since = now - SPANS[asked][1]
    bound = created_from(Delivery.objects.all(), since)
    first = bound.filter(state=Delivery.State.FAILED).order_by("pk").values_list("pk", flat=True)
    start = first.first()
    if start is None:
        return []
    rows = sql.fetch(_GROUPED, [start - 1])
    ends = {key for row in rows for key in row[4:6]}
    times = dict(Delivery.objects.filter(pk__in=ends).values_list("pk", "created_at"))
    places = dict(
        Destination.objects.filter(pk__in={row[0] for row in rows}).values_list("pk", "key")
    )
    span = span_text(since, now + timedelta(seconds=1))
    return [_group(row, times, places, span) for row in rows]


def _group(
    row: tuple[Any, ...], times: dict[int, datetime], places: dict[int, str], span: str
) -> Group:
    destination_id, outcome, cause, count, first, last = row
    selection = {"state": "failed", "outcome": outcome, "created": span, "test": "no"}
    if cause:
        selection["cause"] = cause
    if destination_id:
        selection["destination__id__exact"] = str(destination_id)
    query = urlencode(selection)
    return Group(
        where=short_destination(places.get(destination_id, "")) or "no destination",
        cause=cause_words(outcome, cause),
        count=count,
        first_at=times[first],
        last_at=times[last],
        example_url=reverse("admin:dispatcher_delivery_change", args=[last]),
        list_url=f"{reverse('admin:dispatcher_delivery_changelist')}?{query}",
        resend_url=f"{reverse('admin:dispatcher_delivery_matching')}?{query}",
    )
