"""Deliveries as CSV, some thousand rows at a time, safe to open in a spreadsheet."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from dispatcher.console import names
from dispatcher.console.wording import cause_words, type_label
from dispatcher.models import Delivery
from dispatcher.selecting import is_cut, matching

BATCH = 2_000
HEAD = (
    "webhook-id", "event id", "what happened", "about", "for", "because of", "where to", "state",
    "last outcome", "attempts", "created", "ended", "test run",
)  # fmt: skip
CUT = (
    "This is not all: the search found more than it takes, and only the newest are here. "
    "Give a filter, as the days, in place of the search."
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


class _Line:
    """What a csv.writer writes to; hands each line back."""

    def write(self, text: str) -> str:
        return text


def rows(selection: Mapping[str, str]) -> Iterator[str]:
    """The lines of the file, newest delivery first; memory is bounded however many there are."""
    writer = csv.writer(_Line())
    yield "\N{BYTE ORDER MARK}" + writer.writerow(HEAD)
    found = matching(selection).select_related("event", "rule", "destination").order_by("-pk")
    found = found.defer("event__payload", "rule__credentials")
    batch = list(found[:BATCH])
    while batch:
        owners = names.resolve(delivery.owner for delivery in batch)
        for delivery in batch:
            yield writer.writerow([_safe(cell) for cell in _cells(delivery, owners)])
        last = batch[-1].pk
        batch = list(found.filter(pk__lt=last)[:BATCH]) if len(batch) == BATCH else []
    if is_cut(selection.get("q", "")):
        yield writer.writerow([CUT])


def _cells(delivery: Delivery, owners: Mapping[str, names.Name]) -> list[Any]:
    owner = owners.get(delivery.owner)
    return [
        delivery.uid,
        delivery.event_id,
        type_label(delivery.event.type),
        names.readable(delivery.event.subject),
        owner.label if owner else "",
        delivery.rule.name,
        delivery.destination.key if delivery.destination else "",
        delivery.get_state_display(),
        cause_words(delivery.outcome, delivery.cause) if delivery.outcome else "",
        delivery.attempts_made,
        _time(delivery.created_at),
        _time(delivery.finished_at),
        "yes" if delivery.is_test else "",
    ]


def _time(moment: datetime | None) -> str:
    return moment.isoformat(timespec="seconds") if moment else ""


def _safe(cell: Any) -> str:
    """A text that a spreadsheet would take for a formula gets an apostrophe in front."""
    text = str(cell)
    return f"'{text}" if text.startswith(_FORMULA) else text
