"""What is counted, and histograms: percentiles do not add up, their buckets do."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.utils import timezone

from dispatcher.models import Tally

GROWTH = 1.2
"""Each bucket ends at 1.2 times the one before: a percentile is right within 10 %."""
_LOG = math.log(GROWTH)


def bucket(milliseconds: float) -> str:
    """The bucket of this time, as it is stored."""
    return str(max(0, math.ceil(math.log(milliseconds) / _LOG)) if milliseconds > 1 else 0)


def percentile(histogram: Mapping[str, int], share: float) -> float | None:
    """The time in milliseconds below which this share lies; None without any."""
    total = sum(histogram.values())
    if not total:
        return None
    wanted = share * total
    passed = 0
    for number, count in sorted((int(name), count) for name, count in histogram.items()):
        if passed + count >= wanted:
            low, high = (GROWTH ** (number - 1) if number else 0.0), GROWTH**number
            return low + (high - low) * (wanted - passed) / count
        passed += count
    return GROWTH ** max(int(name) for name in histogram)


@dataclass(slots=True)
class Figures:
    """What happened in some span of time; figures of several add up."""

    attempts: int = 0
    retried: int = 0
    delivered: int = 0
    failed: Counter[str] = field(default_factory=Counter)
    latencies: Counter[str] = field(default_factory=Counter)
    times: Counter[str] = field(default_factory=Counter)

    def add(self, other: Figures | Tally) -> None:
        """Add another span's figures to these."""
        self.attempts += other.attempts
        self.retried += other.retried
        self.delivered += other.delivered
        self.failed.update(other.failed)
        self.latencies.update(other.latencies)
        self.times.update(other.times)

    @property
    def failures(self) -> int:
        return self.failed.total()

    @property
    def success_rate(self) -> float | None:
        """The share of deliveries that arrived, of those that ended; None when none did."""
        ended = self.delivered + self.failures
        return self.delivered / ended if ended else None


def start_of(moment: datetime, grain: int) -> datetime:
    """When the minute, hour or day of this moment began; days are the service's time zone's."""
    if grain == Tally.Grain.DAY:
        return timezone.localtime(moment).replace(hour=0, minute=0, second=0, microsecond=0)
    if grain == Tally.Grain.HOUR:
        return moment.replace(minute=0, second=0, microsecond=0)
    return moment.replace(second=0, microsecond=0)


LENGTHS: Mapping[int, timedelta] = {
    Tally.Grain.MINUTE: timedelta(minutes=1),
    Tally.Grain.HOUR: timedelta(hours=1),
    Tally.Grain.DAY: timedelta(days=1),
}
