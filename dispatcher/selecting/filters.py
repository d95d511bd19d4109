"""One function for each filter; a value that makes no sense filters nothing, as in the list."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta

from django.db.models import F, Q, QuerySet

from dispatcher.console import display, names
from dispatcher.console.wording import LATE, NO_CAUSE, type_label
from dispatcher.models import Delivery, Destination, OwnerHold, Rule
from dispatcher.models.rules import Breaker
from dispatcher.selecting.reading import SPECIAL, is_number, readable
from dispatcher.selecting.search import find_deliveries
from dispatcher.selecting.times import SPANS, created_before, created_from, parse_day, parse_span
from dispatcher.sql import now
from dispatcher.types import Outcome

Deliveries = QuerySet[Delivery]
Filter = Callable[[Deliveries, str], Deliveries]
PENDING = Delivery.State.PENDING
BY_RULE = ("channel",)
"""Owners of rules rather than of events."""
MOST_RULES = 2_000


def held() -> Q:
    """Deliveries that wait because their rule, destination or owner is paused; three look-ups."""
    open_ = Breaker.BreakerState.OPEN
    paused = Q(state="paused") | Q(breaker=open_)
    rules = list(Rule.objects.filter(paused).values_list("pk", flat=True)[:MOST_RULES])
    places = list(Destination.objects.filter(paused).values_list("pk", flat=True)[:MOST_RULES])
    owners = list(OwnerHold.objects.values_list("owner", flat=True)[:MOST_RULES])
    return Q(rule_id__in=rules) | Q(destination_id__in=places) | Q(owner__in=owners)


def _state(queryset: Deliveries, value: str) -> Deliveries:
    if value in SPECIAL:
        return queryset.filter(_special(value))
    return queryset.filter(state=value) if value in Delivery.State.values else queryset


def _special(value: str) -> Q:
    if value == "ended":
        return Q(state__in=[Delivery.State.DELIVERED, Delivery.State.FAILED])
    if value == "retrying":
        return Q(state=PENDING, attempts_made__gt=F("round_start"))
    if value == "late":
        return Q(state=PENDING, is_parked=False, due_at__lt=now() - LATE) & ~held()
    return Q(state=PENDING) & held()


def _outcome(queryset: Deliveries, value: str) -> Deliveries:
    if value not in Outcome.values:
        return queryset
    queryset = queryset.filter(outcome=value)
    if value != Outcome.DELIVERED:  # said again for the partial index
        queryset = queryset.exclude(outcome__in=["", "delivered"])
    return queryset


def _cause(queryset: Deliveries, value: str) -> Deliveries:
    return queryset.filter(cause="" if value == NO_CAUSE else value)


def _to(queryset: Deliveries, value: str) -> Deliveries:
    return queryset.filter(destination=None) if value == "nowhere" else queryset


def _type(queryset: Deliveries, value: str) -> Deliveries:
    return queryset.filter(type=value)


def _number(column: str) -> Filter:
    def filter_by(queryset: Deliveries, value: str) -> Deliveries:
        return queryset.filter(**{column: int(value)}) if is_number(value) else queryset

    return filter_by


def _owner(queryset: Deliveries, value: str) -> Deliveries:
    found = names.find(value.strip())
    rules = [owner for owner in found if owner.partition(":")[0] in BY_RULE]
    owners = [owner for owner in found if owner not in rules]
    if not rules:
        return queryset.filter(owner__in=owners).exclude(owner="")
    theirs = Rule.objects.filter(owner__in=rules).values_list("pk", flat=True)[:MOST_RULES]
    return queryset.filter(Q(rule_id__in=list(theirs)) | Q(owner__in=owners))


def _created_from(queryset: Deliveries, value: str) -> Deliveries:
    day = parse_day(value)
    return created_from(queryset, day) if day else queryset


def _created_to(queryset: Deliveries, value: str) -> Deliveries:
    day = parse_day(value)
    return created_before(queryset, day + timedelta(days=1)) if day else queryset


def _ended(queryset: Deliveries, value: str) -> Deliveries:
    span = parse_span(value)
    if span is None:
        return queryset
    queryset = queryset.filter(finished_at__gte=span[0])
    return queryset if span[1] is None else queryset.filter(finished_at__lt=span[1])


def _created(queryset: Deliveries, value: str) -> Deliveries:
    span = parse_span(value)
    if span is None:
        return queryset
    queryset = created_from(queryset, span[0])
    return queryset if span[1] is None else created_before(queryset, span[1])


def _resent(queryset: Deliveries, value: str) -> Deliveries:
    """Whose time from event to receiver says something: nobody sent them a second time."""
    return queryset.filter(round_start=0) if value == "no" else queryset


def _test(queryset: Deliveries, value: str) -> Deliveries:
    return queryset.filter(is_test=value == "yes") if value in {"yes", "no"} else queryset


FILTERS: Mapping[str, Filter] = {
    "state": _state,
    "outcome": _outcome,
    "cause": _cause,
    "type": _type,
    "rule__id__exact": _number("rule_id"),
    "destination__id__exact": _number("destination_id"),
    "to": _to,
    "for": _owner,
    "created_at_from": _created_from,
    "created_at_to": _created_to,
    "created": _created,
    "ended": _ended,
    "resent": _resent,
    "test": _test,
    "q": find_deliveries,
}


def selection_of(parameters: Mapping[str, str]) -> dict[str, str]:
    """What of an address's parameters are filters with a value."""
    return {name: parameters[name] for name in FILTERS if parameters.get(name, "").strip()}


def select(queryset: Deliveries, selection: Mapping[str, str]) -> Deliveries:
    """Those of these deliveries that meet every filter."""
    for name, value in selection_of(selection).items():
        queryset = FILTERS[name](queryset, value)
    return queryset


def matching(selection: Mapping[str, str]) -> Deliveries:
    """Every delivery that meets these filters."""
    return select(Delivery.objects.all(), selection)


_WORDS = {
    "state": "State",
    "outcome": "Last outcome",
    "cause": "Cause",
    "type": "What happened",
    "to": "Where to",
    "for": "For",
    "created_at_from": "Created from",
    "created_at_to": "Created to",
    "created": "Created",
    "ended": "Ended",
    "resent": "Sent again by hand",
    "test": "Test runs",
    "q": "Search",
}
_STATES = {
    "pending": "Waiting",
    "retrying": "Will be tried again",
    "late": "Late",
    "ended": "Delivered or failed",
}


def describe(selection: Mapping[str, str]) -> list[tuple[str, str]]:
    """The filters in words: what is asked for, and how it reads; nonsense filters nothing."""
    said = []
    for name, value in readable(selection).items():
        if name == "rule__id__exact":
            rule = Rule.objects.filter(pk=value).values_list("name", flat=True).first()
            said.append(("Because of", rule or value))
        elif name == "destination__id__exact":
            key = Destination.objects.filter(pk=value).values_list("key", flat=True).first()
            said.append(("Where to", key or value))
        else:
            said.append((_WORDS[name], _value_words(name, value)))
    return said


def _value_words(name: str, value: str) -> str:
    if name == "state":
        return _STATES.get(value, value.capitalize())
    if name == "outcome" and value in Outcome.values:
        return str(Outcome(value).label)
    if name == "type":
        return type_label(value)
    if name == "for":
        return names.resolve([value])[value].label if ":" in value else value
    if name in {"created", "ended"}:
        return span_words(value)
    return value


def span_words(value: str) -> str:
    """A span of time in words."""
    if value in SPANS:
        return SPANS[value][0]
    span = parse_span(value)
    if span is None or span[1] is None:
        return value
    return f"{display.moment_text(span[0])} to {display.moment_text(span[1])}"
