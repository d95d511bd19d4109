"""Pausing what keeps failing, and finding out when it is well again (design section 5).

Connection, name, TLS and timeout failures count against the destination; bad statuses against the
rule. Everything that waits is held while a breaker is open; nothing is dropped.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef

from dispatcher import signals, sql
from dispatcher.models import Delivery, Destination, Rule, Transition
from dispatcher.services import jobs
from dispatcher.types import Outcome
from dispatcher.work import Work

AGAINST_DESTINATION = frozenset(
    {
        Outcome.NO_CONNECTION,
        Outcome.NAME_NOT_FOUND,
        Outcome.TLS_FAILED,
        Outcome.TIMED_OUT,
        Outcome.BAD_ANSWER,
    }
)
AGAINST_RULE = frozenset({Outcome.REJECTED, Outcome.REDIRECTED})
PROBE_SECONDS = 60.0
MOST_PROBES = 20  # in one look
MOST_REMEMBERED = 10_000
CLOSED, OPEN, HALF_OPEN = (
    Rule.BreakerState.CLOSED,
    Rule.BreakerState.OPEN,
    Rule.BreakerState.HALF_OPEN,
)


class Probe(NamedTuple):
    """A paused rule or destination whose time for a try has come."""

    model: type[Rule | Destination]
    id: int
    until: datetime


class Breakers:
    """Counts what a pass sees and moves the breakers; no statement while all is well."""

    def __init__(self) -> None:
        self._good: Counter[tuple[type[Rule | Destination], int]] = Counter()

    def observe(self, works: Sequence[Work]) -> None:
        """Learn from finished works, inside the transaction that records them."""
        bad: Counter[tuple[type[Rule | Destination], int]] = Counter()
        last: dict[tuple[type[Rule | Destination], int], str] = {}
        for work in works:
            outcome = work.exchange.outcome if work.exchange else ""
            if work.probes:
                _settle_probe(work, is_well=_is_well(work))
            elif outcome == Outcome.DELIVERED:
                self._good.update(_counted_against(work, AGAINST_RULE | AGAINST_DESTINATION))
            else:
                against = _counted_against(work, {outcome})
                bad.update(against)
                last.update(dict.fromkeys(against, outcome))
        for (model, id_), failures in bad.items():
            successes = self._good.pop((model, id_), 0)
            outcome = last[model, id_]
            _count(model, id_, failures=failures, successes=successes, outcome=outcome)
        if len(self._good) > MOST_REMEMBERED:
            self._good.clear()


def _counted_against(
    work: Work, outcomes: AbstractSet[str]
) -> list[tuple[type[Rule | Destination], int]]:
    """Whose breaker learns from these outcomes of a work."""
    found: list[tuple[type[Rule | Destination], int]] = []
    if outcomes & AGAINST_RULE:
        found.append((Rule, work.rule_id))
    if outcomes & AGAINST_DESTINATION and work.destination_id is not None:
        found.append((Destination, work.destination_id))
    return found


def _is_well(work: Work) -> bool:
    outcome = work.exchange.outcome if work.exchange else ""
    if work.probes == "destination":
        return outcome not in AGAINST_DESTINATION
    return outcome == Outcome.DELIVERED


def _count(
    model: type[Rule | Destination], id_: int, *, failures: int, successes: int, outcome: str
) -> None:
    now = sql.now()
    row = model._default_manager.select_for_update().get(pk=id_)  # noqa: SLF001 - Django's API
    started = row.window_started_at
    if started is None or now - started > timedelta(seconds=settings.BREAKER_WINDOW):
        row.window_started_at, row.window_failures, row.window_successes = now, 0, 0
    row.window_failures += failures
    row.window_successes += successes
    row.save(update_fields=["window_started_at", "window_failures", "window_successes"])
    is_failing = row.window_failures > row.window_successes
    if row.breaker == CLOSED and row.window_failures >= settings.BREAKER_FAILURES and is_failing:
        _open(row, pause=settings.BREAKER_PAUSE, outcome=outcome)


def _open(
    row: Rule | Destination, *, pause: float, outcome: str | None, until: datetime | None = None
) -> None:
    now = sql.now()
    is_news = row.breaker == CLOSED
    row.breaker = OPEN
    row.breaker_since = row.breaker_since or now
    row.breaker_until = until or now + timedelta(seconds=pause)
    row.breaker_pause = pause
    row.save(update_fields=["breaker", "breaker_since", "breaker_until", "breaker_pause"])
    if outcome is not None:
        _note(row, Transition.Kind.OPENED if is_news else Transition.Kind.REOPENED, outcome)
    if is_news:
        _tell(row, is_paused=True)


def _column(row: Rule | Destination) -> str:
    return "rule_id" if isinstance(row, Rule) else "destination_id"


def _note(row: Rule | Destination, kind: str, outcome: str = "") -> None:
    """Keep it in the history that operators see."""
    reason = str(Outcome(outcome).label) if outcome in Outcome.values else ""
    Transition.objects.create(kind=kind, reason=reason, at=sql.now(), **{_column(row): row.pk})


def _settle_probe(work: Work, *, is_well: bool) -> None:
    model = Destination if work.probes == "destination" else Rule
    id_ = (work.destination_id or 0) if work.probes == "destination" else work.rule_id
    row = model._default_manager.select_for_update().get(pk=id_)  # noqa: SLF001 - Django's API
    if row.breaker == CLOSED:
        return
    outcome = work.exchange.outcome if work.exchange else ""
    if outcome not in AGAINST_RULE | AGAINST_DESTINATION | {Outcome.DELIVERED}:
        # Nothing was sent: ask another one.
        _open(row, pause=row.breaker_pause, until=sql.now(), outcome=None)
    elif is_well:
        close(row)
    else:
        pause = min(row.breaker_pause * 2, settings.BREAKER_PAUSE_MAX)
        _open(row, pause=pause, outcome=outcome)


def close(row: Rule | Destination) -> None:
    """End a pause by failures and let what was held go on."""
    row.breaker = CLOSED
    row.breaker_since = row.breaker_until = row.window_started_at = None
    row.breaker_pause = 0
    row.window_failures = row.window_successes = 0
    row.save()
    _note(row, Transition.Kind.CLOSED)
    jobs.let_go(**{_column(row): row.pk})
    _tell(row, is_paused=False)


def _tell(row: Rule | Destination, *, is_paused: bool) -> None:
    if isinstance(row, Destination):
        signal = signals.destination_paused if is_paused else signals.destination_resumed
        news = partial(signal.send_robust, Destination, destination_id=row.pk)
    elif is_paused:
        reason = "It kept failing."
        news = partial(signals.rule_paused.send_robust, Rule, rule_id=row.pk, reason=reason)
    else:
        news = partial(signals.rule_resumed.send_robust, Rule, rule_id=row.pk)
    transaction.on_commit(news, robust=True)  # no listener's trouble may end a pass


def probes_due() -> list[Probe]:
    """What may be probed now; usually nothing, by two look-ups in small partial indexes."""
    now = sql.now()
    found = []
    for model, column in ((Rule, "rule"), (Destination, "destination")):
        due = Delivery.objects.filter(
            **{column: OuterRef("pk")}, state=Delivery.State.PENDING, due_at__lte=now
        ).exclude(lease_until__gt=now)
        waiting = model._default_manager.exclude(breaker=CLOSED).filter(  # noqa: SLF001 - Django's API
            Exists(due), breaker_until__lte=now, state=model.State.ACTIVE
        )
        rows = waiting.order_by("breaker_until").values_list("pk", "breaker_until")[:MOST_PROBES]
        found += [Probe(model, pk, until) for pk, until in rows if until is not None]
    return found


def start_probe(probe: Probe) -> bool:
    """Become the one who probes; False for the loser of a race."""
    moved = probe.model._default_manager.filter(  # noqa: SLF001 - Django's API
        pk=probe.id, breaker_until=probe.until
    ).update(breaker=HALF_OPEN, breaker_until=sql.now() + timedelta(seconds=PROBE_SECONDS))
    return bool(moved)
