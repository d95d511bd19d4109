"""Whether work gets done: what readiness, metrics and the supervisor ask.

Every question is answered by an index and a bounded number of rows, however large the tables are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet

from dispatcher.models import Attempt, Delivery, Destination, Heartbeat, OwnerHold, Rule
from dispatcher.sql import now

SILENT_SECONDS = 60
FORGET_SECONDS = 3600  # a host that was silent for longer was taken away
WINDOW = 5_000  # oldest due deliveries that are looked at; what is held is soon set aside
MOST_COUNTED = 10_000


def overdue_seconds() -> float:
    """For how long the oldest delivery that a worker should have taken has been due; else 0.

    Not meant: what is held by its rule, destination, owner or by an earlier delivery that must
    arrive first, what is being sent, and what waits for a destination that workers are busy with.
    """
    moment = now()
    oldest = _due().filter(due_at__lte=moment).order_by("due_at").values("pk")[:WINDOW]
    window = Delivery.objects.filter(pk__in=oldest)
    served = window.filter(lease_until__gt=moment, destination__isnull=False)
    held = Exists(OwnerHold.objects.filter(owner=OuterRef("owner"))) & ~Q(owner="")
    behind = Exists(
        Delivery.objects.filter(
            rule=OuterRef("rule"),
            ordering_key=OuterRef("ordering_key"),
            state=Delivery.State.PENDING,
            pk__lt=OuterRef("pk"),
        ).exclude(ordering_key="")
    ) & ~Q(ordering_key="")
    is_open = Q(rule__state=Rule.State.ACTIVE, rule__breaker=Rule.BreakerState.CLOSED) & (
        Q(destination=None)
        | Q(
            destination__state=Destination.State.ACTIVE,
            destination__breaker=Destination.BreakerState.CLOSED,
        )
    )
    due_at = (
        window.filter(Q(lease_until=None) | Q(lease_until__lte=moment), is_open)
        .exclude(held)
        .exclude(behind)
        .exclude(destination__in=served.values("destination"))
        .order_by("due_at")
        .values_list("due_at", flat=True)
        .first()
    )
    return (moment - due_at).total_seconds() if due_at else 0.0


def workers_alive() -> int:
    """How many worker processes, on any machine, gave a sign of life lately."""
    return _alive().count()


def working_processes(host: str) -> list[int]:
    """Process ids of workers on this host that are in a pass or completed one lately."""
    recent = now() - timedelta(seconds=SILENT_SECONDS)
    working = _alive().filter(Q(is_busy=True) | Q(last_pass_at__gt=recent))
    names = working.filter(name__startswith=f"{host}:").values_list("name", flat=True)
    return [int(name.rpartition(":")[2]) for name in names]


def hosts() -> tuple[dict[str, datetime], set[str]]:
    """Hosts whose workers have fallen silent within the last hour, and those that are alive.

    The first with the last sign of life of any of their worker processes.
    """
    moment = now()
    recent = Heartbeat.objects.filter(beat_at__gt=moment - timedelta(seconds=FORGET_SECONDS))
    last: dict[str, datetime] = {}
    for name, beat_at in recent.values_list("name", "beat_at"):
        host = name.rpartition(":")[0]
        last[host] = max(beat_at, last.get(host, beat_at))
    limit = moment - timedelta(seconds=SILENT_SECONDS)
    alive = {host for host, beat_at in last.items() if beat_at > limit}
    return {host: beat_at for host, beat_at in last.items() if host not in alive}, alive


@dataclass(frozen=True, slots=True)
class Figures:
    """What /metrics shows. Counts of rows stop at `MOST_COUNTED`; ids only grow."""

    waiting: int
    held: int
    failed: int
    last_deliveries: Mapping[str, int]
    deliveries_made: int
    attempts_made: int
    overdue_seconds: float
    workers_alive: int
    destinations_paused: int
    rules_paused: int


def figures() -> Figures:
    """Take every figure once."""
    newest = Delivery.objects.aggregate(newest=Max("pk"))["newest"] or 0
    return Figures(
        waiting=_count(_due()),
        held=_count(Delivery.objects.filter(state=Delivery.State.PENDING, is_parked=True)),
        failed=_count(Delivery.objects.filter(state=Delivery.State.FAILED)),
        last_deliveries=_states_of_last(newest),
        deliveries_made=newest,
        attempts_made=Attempt.objects.aggregate(newest=Max("pk"))["newest"] or 0,
        overdue_seconds=overdue_seconds(),
        workers_alive=workers_alive(),
        destinations_paused=_count(Destination.objects.exclude(_is_well(Destination.State.ACTIVE))),
        rules_paused=_count(
            Rule.objects.exclude(_is_well(Rule.State.ACTIVE)).exclude(state=Rule.State.ARCHIVED)
        ),
    )


def _due() -> QuerySet[Delivery]:
    return Delivery.objects.filter(state=Delivery.State.PENDING, is_parked=False)


def _alive() -> QuerySet[Heartbeat]:
    return Heartbeat.objects.filter(beat_at__gt=now() - timedelta(seconds=SILENT_SECONDS))


def _is_well(active: str) -> Q:
    return Q(state=active, breaker=Rule.BreakerState.CLOSED)


def _count(rows: QuerySet[Any]) -> int:
    return rows.values("pk")[:MOST_COUNTED].count()


def _states_of_last(newest: int) -> dict[str, int]:
    last = Delivery.objects.filter(pk__gt=newest - MOST_COUNTED)
    counted = dict(last.values_list("state").annotate(count=Count("pk")))
    return {state: counted.get(state, 0) for state in Delivery.State.values}
