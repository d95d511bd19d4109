"""Which postbacks a conversion meets, and how a postback becomes what the dispatcher sends."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypedDict

from django.db import connection

from dispatcher import http
from dispatcher.types import Match, Plan, SkipMatch
from offers.models import Affiliate, Conversion, Goal, Offer, Postback

TRANSPORT = "callback"
RETRY_DELAYS = (5, 60, 300, 1800, 7200, 18000, 36000)  # seconds; design section 4
_ENCODINGS = {
    Postback.HttpType.GET.value: ("GET", "query"),
    Postback.HttpType.POST_FORM.value: ("POST", "form"),
    Postback.HttpType.POST_JSON.value: ("POST", "json"),
}
_ANY = Postback.Status.ANY.value
_APPROVED = Postback.Approval.APPROVED.value
_NOT_APPROVED = {
    Postback.Approval.PENDING.value: "Postback waits for approval",
    Postback.Approval.REJECTED.value: "Postback was not approved",
}

# The hot path's one statement, written out: through the ORM most of the time goes into writing
# the SQL anew for each conversion.
_MATCH = """
    SELECT p.id, p.affiliate_id, p.offer_id, p.goal_id, p.conversion_status, p.is_active,
           p.approval, p.only_if_nothing_more_specific, p.rule_id,
           o.id, o.destination_id, o.delay, o.is_ordered
    FROM offers_postback p
    JOIN dispatcher_rule r ON r.id = p.rule_id
    LEFT JOIN dispatcher_route o ON o.id = r.route_id
    WHERE (p.offer_id IS NULL OR p.offer_id IN ({offers}))
      AND (p.affiliate_id IS NULL OR p.affiliate_id IN ({affiliates}))
    ORDER BY p.id
"""


class RouteArguments(TypedDict):
    """The arguments of `dispatcher.services.save_route` that a postback decides."""

    transport: str
    destination: str
    spec: dict[str, Any]
    retry_policy: dict[str, Any]
    is_ordered: bool
    delay: int


def compile_postback(postback: Postback) -> RouteArguments:
    """What to fill in, where to send it and how: for delivery, Test and preview alike.

    Holds no secret; the postback need not be saved. Macros stay as they are written.
    """
    method, encoding = _ENCODINGS[postback.http_type]
    return {
        "transport": TRANSPORT,
        "destination": http.origin(postback.url),
        "spec": {
            "method": method,
            "encoding": encoding,
            "url": postback.url,
            "params": [[row["name"], row["value"]] for row in postback.params],
            "headers": [
                [row["name"], row["value"]] for row in postback.headers if not row["is_secret"]
            ],
        },
        "retry_policy": {"delays": list(RETRY_DELAYS)},
        "is_ordered": postback.is_ordered,
        "delay": postback.delay,
    }


@dataclass(frozen=True, slots=True)
class Facts:
    """What decides about one conversion: `goal` is the one it counts for, `is_goal_looked_at` the
    offer's Enabled Goals, `blocked` why nothing of it is sent at all.
    """

    offer: int
    affiliate: int
    goal: int | None
    status: str
    is_goal_looked_at: bool
    blocked: str = ""


def facts(conversion: Conversion, *, default_goals: Mapping[int, int]) -> Facts:
    """The facts of a conversion that was read with its offer and affiliate.

    `default_goals` are the default goals by offer, as `default_goals` gives them.
    """
    return Facts(
        offer=conversion.offer_id,
        affiliate=conversion.affiliate_id,
        goal=conversion.goal_id or default_goals.get(conversion.offer_id),
        status=str(conversion.status),
        is_goal_looked_at=conversion.offer.enabled_goals,
        blocked=_why_nothing(conversion.offer, conversion.affiliate),
    )


def default_goals(offers: Iterable[int]) -> dict[int, int]:
    """The goal that conversions which name none count for, by offer."""
    wanted = set(offers)
    found = Goal.objects.filter(offer__in=wanted, is_default=True)
    return dict(found.values_list("offer_id", "pk")) if wanted else {}


def _why_nothing(offer: Offer, affiliate: Affiliate) -> str:
    if offer.status != Offer.Status.ACTIVE:
        return f"Offer is {offer.status}"
    if affiliate.status != Affiliate.Status.ACTIVE:
        return f"Affiliate is {affiliate.status}"
    return ""


class _Row(NamedTuple):
    """A postback as the statement reads it."""

    id: int
    affiliate: int | None
    offer: int | None
    goal: int | None
    status: str
    is_active: bool
    approval: str
    is_fallback: bool
    rule: int
    route: int | None
    destination: int | None
    delay: int | None
    is_ordered: bool | None

    @property
    def level(self) -> int:
        """0: of one affiliate on one offer; 1: on all its offers; 2: of all affiliates."""
        if self.affiliate is None:
            return 2
        return 1 if self.offer is None else 0


def match(conversions: Sequence[Facts]) -> list[Plan]:
    """What each of these conversions causes, in their order; one query for all of them."""
    found = _find(conversions)
    return [_plan(_met(found, one), one) for one in conversions]


_Found = Mapping[tuple[int | None, int | None], list[_Row]]


def _find(conversions: Sequence[Facts]) -> _Found:
    offers = sorted({one.offer for one in conversions})
    affiliates = sorted({one.affiliate for one in conversions})
    found: dict[tuple[int | None, int | None], list[_Row]] = defaultdict(list)
    if not conversions:
        return found
    statement = _MATCH.format(offers=_marks(offers), affiliates=_marks(affiliates))
    with connection.cursor() as cursor:
        cursor.execute(statement, [*offers, *affiliates])
        for row in map(_Row._make, cursor.fetchall()):
            found[row.offer, row.affiliate].append(row)
    return found


def _marks(values: Sequence[int]) -> str:
    return ", ".join(["%s"] * len(values))


def _met(found: _Found, one: Facts) -> list[_Row]:
    """The postbacks whose conditions this conversion meets, the narrowest level first."""
    rows = [
        *found.get((one.offer, one.affiliate), ()),
        *found.get((None, one.affiliate), ()),
        *found.get((one.offer, None), ()),
    ]
    return [row for row in rows if row.status in {_ANY, one.status} and _meets_goal(row, one)]


def _meets_goal(row: _Row, one: Facts) -> bool:
    return not one.is_goal_looked_at or row.goal is None or row.goal == one.goal


def _plan(rows: Sequence[_Row], one: Facts) -> Plan:
    matches: list[Match] = []
    skips: list[SkipMatch] = []
    sent: list[_Row] = []
    for row in rows:
        reason = one.blocked or _why_not(row) or _why_not_fallback(row, sent)
        if reason or row.route is None:
            skips.append(SkipMatch(row.rule, reason or "Postback has no URL"))
            continue
        sent.append(row)
        ordered = bool(row.is_ordered)
        matches.append(Match(row.rule, row.route, row.destination, row.delay or 0, ordered))
    return Plan(matches=matches, skips=skips)


def _why_not(row: _Row) -> str:
    if row.approval != _APPROVED:
        return _NOT_APPROVED[row.approval]
    return "" if row.is_active else "Postback is not active"


def _why_not_fallback(row: _Row, sent: Sequence[_Row]) -> str:
    """What is held because its rule is paused counts as sent: it will be."""
    if not row.is_fallback:
        return ""
    narrower = next((other for other in sent if other.level < row.level), None)
    return f"Something more specific matched: postback {narrower.id}" if narrower else ""
