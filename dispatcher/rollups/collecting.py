"""What a pass has seen, kept in memory for a second and appended as pieces."""

from __future__ import annotations

import json
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from dispatcher import sql
from dispatcher.models import Delivery, Tally
from dispatcher.rollups.figures import Figures, bucket, start_of
from dispatcher.work import Work

Place = tuple[str, int, datetime]
"""Scope, key and minute."""

EVERY_SECONDS = 1.0

_insert = sql.Insert(
    Tally,
    (
        "grain", "scope", "key", "starts_at", "attempts", "retried", "delivered", "failed",
        "latencies", "times",
    ),
)  # fmt: skip


class Collector:
    """Counts attempts and how deliveries ended; test runs are left out."""

    def __init__(self) -> None:
        self._figures: defaultdict[Place, Figures] = defaultdict(Figures)

    def __bool__(self) -> bool:
        return bool(self._figures)

    def observe(self, works: Iterable[Work], states: Mapping[int, str], at: datetime) -> None:
        """Count these works, recorded `at`; `states` is where those went that were moved."""
        minute = start_of(at, Tally.Grain.MINUTE)
        for work in works:
            if work.is_test or work.exchange is None:
                continue
            seen = _seen(work, states.get(work.id, ""), at)
            for place in _places(work, minute):
                self._figures[place].add(seen)

    def take_over(self, other: Collector) -> None:
        """Add what another one has counted."""
        for place, figures in other._figures.items():
            self._figures[place].add(figures)

    def append(self) -> None:
        """Write what was counted."""
        _insert([_row(place, figures) for place, figures in self._figures.items()])

    def clear(self) -> None:
        self._figures.clear()


class Diary:
    """A pass's figures, in step with its transactions: `begin`, observe, write, `committed`.

    A transaction that has to be repeated counts once. What is not written yet, a second's
    figures at most, is lost with a worker that is killed; the ledgers are not.
    """

    def __init__(self) -> None:
        self._kept = Collector()
        self._seen = Collector()
        self._is_written = False
        self._next_at = 0.0

    def begin(self) -> None:
        """A transaction begins, perhaps again."""
        self._seen.clear()
        self._is_written = False

    def observe(self, works: Iterable[Work], states: Mapping[int, str], at: datetime) -> None:
        """Count what this transaction records."""
        self._seen.observe(works, states, at)

    def write_if_due(self) -> None:
        """Append what earlier ones have counted, once a second."""
        if self._kept and time.monotonic() >= self._next_at:
            self._kept.append()
            self._is_written = True

    def committed(self) -> None:
        """The transaction has been committed."""
        if self._is_written:
            self._kept.clear()
            self._next_at = time.monotonic() + EVERY_SECONDS
        self._kept.take_over(self._seen)
        self.begin()

    def finish(self) -> None:
        """The pass ends: append the rest. May be repeated after an error."""
        if self._kept:
            self._kept.append()
            self._kept.clear()


def _seen(work: Work, state: str, now: datetime) -> Figures:
    exchange = work.exchange
    assert exchange is not None  # noqa: S101 - only finished works come here
    seen = Figures(attempts=1)
    if exchange.duration:
        seen.latencies[bucket(exchange.duration)] = 1
    if state == Delivery.State.DELIVERED:
        seen.delivered = 1
        if not work.round_start:  # the time of one that was resent by hand says nothing
            taken = (now - work.created_at).total_seconds() - work.route.delay
            seen.times[bucket(taken * 1000)] = 1
    elif state == Delivery.State.FAILED:
        seen.failed[str(exchange.outcome)] = 1
    elif state == Delivery.State.PENDING:
        seen.retried = 1
    return seen


def _places(work: Work, minute: datetime) -> Sequence[Place]:
    places = [(Tally.Scope.ALL.value, 0, minute), (Tally.Scope.RULE.value, work.rule_id, minute)]
    if work.destination_id is not None:
        places.append((Tally.Scope.DESTINATION.value, work.destination_id, minute))
    return places


def _row(place: Place, figures: Figures) -> sql.Row:
    scope, key, minute = place
    return (
        Tally.Grain.PIECE.value, scope, key, minute, figures.attempts, figures.retried,
        figures.delivered, json.dumps(figures.failed), json.dumps(figures.latencies),
        json.dumps(figures.times),
    )  # fmt: skip
