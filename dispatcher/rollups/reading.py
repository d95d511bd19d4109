"""What the pages show of the figures: a bar for each span, and the sum of all."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import models

from dispatcher.models import Tally
from dispatcher.rollups.figures import Figures, start_of
from dispatcher.sql import now


@dataclass(frozen=True, slots=True)
class Window:
    """How far a page looks back, and in bars of what length."""

    name: str
    label: str
    grain: int
    bars: int
    per_bar: timedelta

    @property
    def starts_at(self) -> datetime:
        """When its first bar begins; the last one is the present one."""
        return self._start(now() - self.per_bar * (self.bars - 1))

    def _start(self, moment: datetime) -> datetime:
        start = start_of(moment, self.grain)
        if self.per_bar == timedelta(hours=6):
            return start - timedelta(hours=start.hour % 6)
        return start

    def starts(self) -> list[datetime]:
        """When each bar begins."""
        return [self._start(now() - self.per_bar * number) for number in reversed(range(self.bars))]


HOUR = Window("hour", "Last hour", Tally.Grain.MINUTE, 60, timedelta(minutes=1))
DAY = Window("day", "Last day", Tally.Grain.HOUR, 24, timedelta(hours=1))
WEEK = Window("week", "Last week", Tally.Grain.HOUR, 28, timedelta(hours=6))
MONTH = Window("month", "Last 30 days", Tally.Grain.DAY, 30, timedelta(days=1))
WINDOWS = {window.name: window for window in (HOUR, DAY, WEEK, MONTH)}


@dataclass(slots=True)
class Bar:
    """What happened from one time to another."""

    starts_at: datetime
    ends_at: datetime
    figures: Figures


def bars(window: Window, *, scope: str = Tally.Scope.ALL, key: int = 0) -> list[Bar]:
    """The window's bars, oldest first, of everything or of one rule or destination."""
    starts = window.starts()
    ends = [*starts[1:], starts[-1] + window.per_bar]
    made = [Bar(start, end, Figures()) for start, end in zip(starts, ends, strict=True)]
    for tally in _tallies(window).filter(scope=scope, key=key):
        for bar in reversed(made):
            if bar.starts_at <= tally.starts_at:
                bar.figures.add(tally)
                break
    return made


def total(parts: Iterable[Bar]) -> Figures:
    """The sum of some bars."""
    figures = Figures()
    for part in parts:
        figures.add(part.figures)
    return figures


def by_key(window: Window, scope: str, keys: Iterable[int]) -> dict[int, Figures]:
    """The window's sum for each of these rules or destinations; one query."""
    found: dict[int, Figures] = {key: Figures() for key in keys}
    for tally in _tallies(window).filter(scope=scope, key__in=found):
        found[tally.key].add(tally)
    return found


def _tallies(window: Window) -> models.QuerySet[Tally]:
    return Tally.objects.filter(grain=window.grain, starts_at__gte=window.starts_at)
