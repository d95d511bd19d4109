"""Failures by cause: what failed in the same way, for the same reason, as one line."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple
from urllib.parse import urlencode

from django.urls import reverse

from dispatcher import sql
from dispatcher.admin.deliveries_words import short_destination
from dispatcher.console.names import Name
from dispatcher.console.wording import NO_CAUSE, cause_words
from dispatcher.models import Attempt, Delivery, Destination, Rule
from dispatcher.selecting.times import SPANS, created_from, span_text

MOST = 100_000
"""The newest failures that are looked at."""
GROUPS = 200
# What was configured is at fault, not the receiver: told apart by rule. So is what has no receiver.
_GROUPED = f"""
    SELECT destination_id, outcome, cause, whose, count(*), min(id), max(id) FROM (
        SELECT id, destination_id, outcome, cause,
            CASE WHEN destination_id IS NULL OR outcome IN ('template_error', 'configuration_error')
            THEN rule_id END AS whose
        FROM dispatcher_delivery
        WHERE state = 'failed' AND NOT is_test AND id > %s ORDER BY id DESC LIMIT {MOST}
    ) AS failed
    GROUP BY destination_id, outcome, cause, whose
    ORDER BY count(*) DESC, max(id) DESC LIMIT {GROUPS}
"""  # noqa: S608 - no input


class _Row(NamedTuple):
    destination_id: int | None
    outcome: str
    cause: str
    rule_id: int | None
    rows: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Group:
    """What failed in one way at one destination, or because of one rule (`rule`, else None)."""

    where: str
    rule: Name | None
    cause: str
    count: int
    first_at: datetime
    last_at: datetime
    example: str
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
    rows = [_Row(*row) for row in sql.fetch(_GROUPED, [start - 1])]
    shown = _Shown(rows)
    span = span_text(since, now + timedelta(seconds=1))
    return [shown.group(row, span) for row in rows]


class _Shown:
    """What the groups are shown with, looked up for all of them at once."""

    def __init__(self, rows: Sequence[_Row]) -> None:
        ends = {key for row in rows for key in (row.first, row.last)}
        times = Delivery.objects.filter(pk__in=ends).values_list("pk", "created_at")
        places = Destination.objects.filter(pk__in={row.destination_id for row in rows})
        self._times = dict(times)
        self._places = dict(places.values_list("pk", "key"))
        self._rules = _rules({row.rule_id for row in rows if row.rule_id})
        self._errors = _errors({row.last for row in rows})

    def group(self, row: _Row, span: str) -> Group:
        query = urlencode(_selection(row, span))
        return Group(
            where=short_destination(self._places.get(row.destination_id or 0, "")),
            rule=self._rules.get(row.rule_id or 0),
            cause=cause_words(row.outcome, row.cause),
            count=row.rows,
            first_at=self._times[row.first],
            last_at=self._times[row.last],
            example=_more(row.cause, self._errors.get(row.last, "")),
            example_url=reverse("admin:dispatcher_delivery_change", args=[row.last]),
            list_url=f"{reverse('admin:dispatcher_delivery_changelist')}?{query}",
            resend_url=f"{reverse('admin:dispatcher_delivery_matching')}?{query}",
        )


def _more(cause: str, error: str) -> str:
    """What an error says that the cause does not: an answer's status is said already."""
    return "" if cause.isdigit() else error


def _selection(row: _Row, span: str) -> dict[str, str]:
    """The list's filters that name exactly this group."""
    selection = {
        "state": "failed",
        "outcome": row.outcome,
        "cause": row.cause or NO_CAUSE,
        "created": span,
        "test": "no",
    }
    if row.rule_id:
        selection["rule__id__exact"] = str(row.rule_id)
    if row.destination_id is None:
        return selection | {"to": "nowhere"}
    return selection | {"destination__id__exact": str(row.destination_id)}


def _rules(ids: Collection[int]) -> dict[int, Name]:
    """What an operator calls each of these rules, and its page."""
    rows = Rule.objects.filter(pk__in=ids).values_list("pk", "kind", "name", "link")
    return {
        pk: Name(
            f"{(kind or 'rule').capitalize()} {name}",
            link or reverse("admin:dispatcher_rule_change", args=[pk]),
        )
        for pk, kind, name, link in rows
    }


def _errors(ids: Collection[int]) -> dict[int, str]:
    """What the last attempt of each of these deliveries said; it holds no secret."""
    attempts = Attempt.objects.filter(delivery__in=ids).order_by("fence")
    return dict(attempts.values_list("delivery_id", "error"))
