"""What one owner may know of what was sent for it: plain data, and never anybody else's.

Meant are deliveries that are the owner's and were made by a rule of the owner's: what others
(an operator, say) have sent because of the same event is not its business. Every function takes
the owner and looks at nothing else, so that no caller can forget to.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from dispatcher import sql
from dispatcher.models import Delivery, Destination, Request, Rule
from dispatcher.services.owned_rows import (
    OwnDelivery,
    OwnDeliveryDetail,
    attempt,
    described,
    frozen_request,
)
from dispatcher.services.resending import resend, resend_current

MOST_COUNTED = 10_000
_MOST_RULES = 200  # in one statement: SQLite takes no more than 500 parts
_SLACK = 1_000  # ids are given out nearly in the order of time, not quite
ATTEMPTS_SHOWN = 50


@dataclass(frozen=True, slots=True)
class OwnFigures:
    """Counts that stop at `MOST_COUNTED`."""

    delivered: int
    failed: int
    held: int
    waiting: int


def deliveries_of(
    owner: str,
    *,
    rules: Collection[int] | None = None,
    state: str = "",
    subject: str = "",
    before: int | None = None,
    after: int | None = None,
    limit: int = 50,
) -> list[OwnDelivery]:
    """The owner's deliveries, newest first: those `before` this id, or the next `after` it.

    `rules` narrows them down to some of its rules; `state` is pending, held, delivered, failed or
    canceled. Costs the same however many there are: each rule's newest are read from an index.
    """
    mine = _rules_of(owner, rules)
    found = Delivery.objects.filter(owner=owner)
    if state:
        found = found.filter(_in_state(state))
    if after is not None:
        found = found.filter(pk__gt=after)
    elif before is not None:
        found = found.filter(pk__lt=before)
    is_back = after is not None
    if subject:
        found = found.filter(rule_id__in=mine, event__subject=subject)
        ids = list(_in_order(found, is_back=is_back).values_list("pk", flat=True)[:limit])
    else:
        ids = _nearest(found, mine, limit, is_back=is_back)
    rows = _loaded(Delivery.objects.filter(pk__in=ids, owner=owner, rule_id__in=mine))
    return described(rows)


def delivery_of(owner: str, uid: UUID) -> OwnDeliveryDetail | None:
    """One of the owner's deliveries; None for one that is not there and for another's alike."""
    row = _find(owner, uid)
    if row is None:
        return None
    request = Request.objects.filter(pk=row.pk).first()
    attempts = row.attempts.order_by("-id")[:ATTEMPTS_SHOWN]
    return OwnDeliveryDetail(
        delivery=described([row])[0],
        request=frozen_request(request, row) if request else None,
        attempts=[attempt(one) for one in attempts],
    )


def resend_of(owner: str, uid: UUID, *, as_sent: bool) -> UUID | None:
    """Send one of the owner's deliveries again, as sent or by the present configuration.

    The name of the delivery that does it; None as `delivery_of`. Raises NotResendableError.
    """
    row = _find(owner, uid)
    if row is None:
        return None
    return (resend(row) if as_sent else resend_current(row)).uid


def figures_of(owner: str, *, since: datetime) -> OwnFigures:
    """How the owner's real deliveries since then ended, and how many wait now."""
    mine = _rules_of(owner, None)
    first = _first_id(since)
    found = Delivery.objects.filter(owner=owner, rule_id__in=mine, is_test=False)
    recent = found.filter(pk__gte=first, created_at__gte=since)
    return OwnFigures(
        delivered=_count(recent.filter(state=Delivery.State.DELIVERED)),
        failed=_count(recent.filter(state=Delivery.State.FAILED)),
        held=_count(found.filter(_in_state("held"))),
        waiting=_count(found.filter(state=Delivery.State.PENDING)),
    )


def _rules_of(owner: str, among: Collection[int] | None) -> list[int]:
    """Its rules, also those it has deleted; nobody's for an empty owner."""
    if not owner:
        return []
    rules = Rule.objects.filter(owner=owner)
    if among is not None:
        rules = rules.filter(pk__in=list(among))
    return list(rules.values_list("pk", flat=True))


def _in_state(state: str) -> Q:
    if state != "held":
        return Q(state=state)
    resting = Rule.BreakerState.OPEN
    return Q(state=Delivery.State.PENDING) & (
        Q(rule__state=Rule.State.PAUSED)
        | Q(rule__breaker=resting)
        | Q(destination__state=Destination.State.PAUSED)
        | Q(destination__breaker=resting)
    )


def _in_order(found: QuerySet[Delivery], *, is_back: bool) -> QuerySet[Delivery]:
    return found.order_by("pk" if is_back else "-pk")


def _nearest(
    found: QuerySet[Delivery], rules: Sequence[int], limit: int, *, is_back: bool
) -> list[int]:
    """The ids that come first among those of all rules: some of each rule, then the best."""
    ids: list[int] = []
    for start in range(0, len(rules), _MOST_RULES):
        parts = [
            _in_order(found.filter(rule_id=rule), is_back=is_back).values("pk")[:limit]
            for rule in rules[start : start + _MOST_RULES]
        ]
        ids += _together(parts)
    return sorted(ids, reverse=not is_back)[:limit]


def _together(parts: Sequence[QuerySet[Any, Any]]) -> list[int]:
    """One statement for all parts; Django's own union may not limit its parts on SQLite."""
    statements: list[str] = []
    parameters: list[Any] = []
    for number, part in enumerate(parts):
        statement, values = part.query.sql_with_params()
        statements.append(f"SELECT * FROM ({statement}) AS part{number}")  # noqa: S608 - Django's own SQL
        parameters += values
    return [row[0] for row in sql.fetch(" UNION ALL ".join(statements), parameters)]


def _loaded(rows: QuerySet[Delivery]) -> list[Delivery]:
    return list(rows.select_related("event", "rule", "destination").order_by("-pk"))


def _find(owner: str, uid: UUID) -> Delivery | None:
    found = Delivery.objects.filter(uid=uid, owner=owner, rule__owner=owner)
    related = found.select_related("event", "rule__route", "destination", "route")
    return related.first() if owner else None


def _first_id(since: datetime) -> int:
    """An id that no delivery of this time is below: names begin with their time."""
    milliseconds = max(int((since - timedelta(minutes=1)).timestamp() * 1000), 0)
    first = Delivery.objects.filter(uid__gte=UUID(int=milliseconds << 80)).order_by("uid")
    found: Callable[[], int | None] = first.values_list("pk", flat=True).first
    return max((found() or 0) - _SLACK, 0)


def _count(found: QuerySet[Delivery]) -> int:
    return found.values("pk")[:MOST_COUNTED].count()
