"""How rules have been doing: for lists that show many of them, and before one is activated."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from dispatcher.models import Delivery, Destination, Rule
from dispatcher.types import Outcome

LOOKED_AT = 100  # newest real deliveries of a rule
_TESTS = 20  # newest tests that are looked through

# One statement for any number of rules: each looks at the end of its own index, and no further.
_HEALTH = """
    SELECT r.id, r.state, r.state_reason, r.breaker, d.state, d.breaker, h.reason,
           (SELECT n.id FROM dispatcher_delivery n
            WHERE n.rule_id = r.id AND NOT n.is_test ORDER BY n.id DESC LIMIT 1),
           (SELECT COUNT(*) FROM ({newest}) s WHERE s.state = 'delivered'),
           (SELECT COUNT(*) FROM ({newest}) f WHERE f.state = 'failed'),
           (SELECT COUNT(*) FROM ({newest}) a)
    FROM dispatcher_rule r
    LEFT JOIN dispatcher_route o ON o.id = r.route_id
    LEFT JOIN dispatcher_destination d ON d.id = o.destination_id
    LEFT JOIN dispatcher_ownerhold h ON h.owner = r.owner AND r.owner <> ''
    WHERE r.id IN ({rules})
"""
_NEWEST = """
    SELECT x.state FROM dispatcher_delivery x
    WHERE x.rule_id = r.id AND NOT x.is_test ORDER BY x.id DESC LIMIT {count}
"""


@dataclass(frozen=True, slots=True)
class RuleHealth:
    """How a rule has been doing; tests do not count.

    `last_at` is when its newest delivery ended, or was made if it has not; `delivered` and
    `failed` count within the `looked_at` newest, at most 100. `held` says in words why
    nothing is sent now, "" if it is.
    """

    last_at: datetime | None = None
    last_state: str = ""
    last_outcome: str = ""
    delivered: int = 0
    failed: int = 0
    looked_at: int = 0
    held: str = ""

    @property
    def is_whole(self) -> bool:
        """Whether these are all of its deliveries, and not only the newest of them."""
        return self.looked_at < LOOKED_AT

    @property
    def success_rate(self) -> float | None:
        """Between 0 and 1; None while nothing has ended."""
        ended = self.delivered + self.failed
        return self.delivered / ended if ended else None


@dataclass(frozen=True, slots=True)
class TestRun:
    """How a rule's test ended, or that it has not: `state` is that of its delivery."""

    state: str
    outcome: str
    at: datetime

    @property
    def explanation(self) -> str:
        """The outcome in words."""
        return str(Outcome(self.outcome).label) if self.outcome else ""


def rules_health(rule_ids: Collection[int]) -> dict[int, RuleHealth]:
    """The health of these rules by their id; two statements for any number of them."""
    if not rule_ids:
        return {}
    statement = _HEALTH.format(
        newest=_NEWEST.format(count=LOOKED_AT), rules=", ".join(["%s"] * len(rule_ids))
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, list(rule_ids))
        rows = cursor.fetchall()
    newest = Delivery.objects.only("state", "outcome", "finished_at", "created_at").in_bulk(
        [row[7] for row in rows if row[7] is not None]
    )
    return {row[0]: _health(row, newest.get(row[7])) for row in rows}


def _health(row: Any, last: Delivery | None) -> RuleHealth:
    _, state, reason, breaker, destination, destination_breaker, hold, _, *counts = row
    delivered, failed, looked_at = counts
    return RuleHealth(
        last_at=(last.finished_at or last.created_at) if last else None,
        last_state=last.state if last else "",
        last_outcome=last.outcome if last else "",
        delivered=delivered,
        failed=failed,
        looked_at=looked_at,
        held=_held(state, reason, breaker) or hold or _stopped(destination, destination_breaker),
    )


def _held(state: str, reason: str, breaker: str) -> str:
    if state != Rule.State.ACTIVE:
        return reason or "It is paused."
    if breaker != Rule.BreakerState.CLOSED:
        return "It failed repeatedly and rests for a while; then it is tried again."
    return ""


def _stopped(state: str | None, breaker: str | None) -> str:
    if state == Destination.State.PAUSED:
        return "Its destination was paused by hand."
    if breaker not in {None, Destination.BreakerState.CLOSED}:
        return "Its destination failed repeatedly and rests for a while; then it is tried again."
    return ""


def last_test(rule_id: int, *, spec: Mapping[str, Any]) -> TestRun | None:
    """The newest test of this rule that sent by just this spec; None if it was never tested so."""
    tests = Delivery.objects.filter(rule=rule_id, is_test=True).select_related("route")
    for delivery in tests.order_by("-id")[:_TESTS]:
        if delivery.route.spec == dict(spec):
            at = delivery.finished_at or delivery.created_at
            return TestRun(state=delivery.state, outcome=delivery.outcome, at=at)
    return None
