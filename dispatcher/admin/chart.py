"""A bar chart as plain numbers: the template draws it, no script is needed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from dispatcher.console.display import NOTHING
from dispatcher.models import Tally
from dispatcher.rollups import Bar, Window
from dispatcher.selecting.times import span_text

HEIGHT = 150.0
WIDTH = 720.0
LABELS = 6


@dataclass(frozen=True, slots=True)
class Column:
    """One bar of the chart, in the drawing's units, with the lists behind its parts."""

    label: str
    axis: str
    x: float
    width: float
    delivered: int
    failed: int
    retried: int
    delivered_y: float
    delivered_height: float
    failed_y: float
    failed_height: float
    delivered_url: str
    failed_url: str


def columns(window: Window, bars: Sequence[Bar], *, more: str = "") -> list[Column]:
    """The bars of deliveries that ended, failed ones on top of the others."""
    highest = max((bar.figures.delivered + bar.figures.failures for bar in bars), default=0) or 1
    step = WIDTH / max(len(bars), 1)
    every = max(1, len(bars) // LABELS)
    made = []
    for number, bar in enumerate(bars):
        good, bad = bar.figures.delivered, bar.figures.failures
        good_height = good / highest * HEIGHT
        bad_height = max(bad / highest * HEIGHT, 2.0) if bad else 0.0
        span = span_text(bar.starts_at, bar.ends_at)
        made.append(
            Column(
                label=_moment(bar.starts_at, window),
                axis=_moment(bar.starts_at, window) if number % every == 0 else "",
                x=number * step,
                width=step * 0.8,
                delivered=good,
                failed=bad,
                retried=bar.figures.retried,
                delivered_y=HEIGHT - good_height,
                delivered_height=good_height,
                failed_y=HEIGHT - good_height - bad_height,
                failed_height=bad_height,
                delivered_url=listing(state="delivered", ended=span) + more,
                failed_url=listing(state="failed", ended=span) + more,
            )
        )
    return made


def listing(**filters: str) -> str:
    """The list of deliveries with these filters; test runs are left out as in the figures."""
    query = "&".join(f"{name}={value}" for name, value in {**filters, "test": "no"}.items())
    return f"{reverse('admin:dispatcher_delivery_changelist')}?{query}"


def waiting_url(destination: int) -> str:
    """The list of what waits for a destination."""
    return listing(state="pending", destination__id__exact=str(destination))


def _moment(moment: datetime, window: Window) -> str:
    local = timezone.localtime(moment)
    if window.grain == Tally.Grain.DAY:
        return date_format(local, "M j")
    return date_format(local, "H:i" if window.name != "week" else "M j, H:i")


def time_words(milliseconds: float | None) -> str:
    """A time as the pages write it."""
    if milliseconds is None:
        return NOTHING
    if milliseconds < 1_000:
        return f"{milliseconds:.0f} ms"
    seconds = milliseconds / 1_000
    if seconds < 120:
        return f"{seconds:.1f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7_200 else f"{seconds / 3_600:.1f} h"
