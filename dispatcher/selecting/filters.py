"""One function for each filter; a value that makes no sense filters nothing, as in the list."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from django.db.models import F, Q, QuerySet

from dispatcher.console import display, names
from dispatcher.console.wording import LATE, NO_CAUSE, cause_words, type_label
from dispatcher.models import BulkJob, Delivery, Destination, Rule
from dispatcher.selecting.holds import held
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


def _state(queryset: Deliveries, value: str) -> Deliveries:
    if value in SPECIAL:
        return queryset.filter(_special(value))
    return queryset.filter(state=value) if value in Delivery.State.values else queryset


def _special(value: str) -> Q:
    if value == "ended":
        return Q(state__in=[Delivery.State.DELIVERED, Delivery.State.FAILED])
    if value == "retrying":
        return Q(state=PENDING, attempts_made__gt=F("round_start"))
    return late() if value == "late" else Q(state=PENDING) & held()


def late() -> Q:
    """What should have been sent: nothing holds it."""
    return Q(state=PENDING, is_parked=False, due_at__lt=now() - LATE) & ~held()


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
    "job": _number("job_id"),
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
    "rule__id__exact": "Because of",
    "destination__id__exact": "Where to",
    "job": "Worked on by",
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
_FIXED: Mapping[str, Mapping[str, str]] = {
    "state": {
        "pending": "Waiting",
        "retrying": "Will be tried again",
        "late": "Late",
        "ended": "Delivered or failed",
    },
    "to": {"nowhere": "No receiver yet"},
    "resent": {"no": "No"},
    "test": {"no": "Left out", "yes": "Only these"},
}


def describe(selection: Mapping[str, str]) -> list[tuple[str, str]]:
    """The filters in words: what is asked for, and how it reads; nonsense filters nothing."""
    return [(label, words) for _, label, words in describe_each(selection)]


def describe_each(selection: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """The same with the name of each filter before it."""
    given = readable(selection)
    return [(name, _WORDS[name], _value_words(name, given)) for name in given]


def span_words(value: str) -> str:
    """A span of time in words."""
    if value in SPANS:
        return SPANS[value][0]
    span = parse_span(value)
    if span is None or span[1] is None:
        return value
    return f"{display.moment_text(span[0])} to {display.moment_text(span[1])}"


def _value_words(name: str, given: Mapping[str, str]) -> str:
    value = given[name]
    if name in _FIXED:
        return _FIXED[name].get(value, value.capitalize())
    if name == "cause":
        outcome = given.get("outcome", "")
        words = cause_words(outcome, value) if outcome else value
        return "nothing further is known" if value == NO_CAUSE else words
    return str(_READ[name](value) or value) if name in _READ else value


def _owner_words(value: str) -> str:
    return names.resolve([value])[value].label if ":" in value else value


def _name_of(rows: QuerySet[Any], column: str) -> Callable[[str], Any]:
    return lambda key: rows.filter(pk=key).values_list(column, flat=True).first()


_READ: Mapping[str, Callable[[str], Any]] = {
    "rule__id__exact": _name_of(Rule.objects.all(), "name"),
    "destination__id__exact": _name_of(Destination.objects.all(), "key"),
    "job": lambda key: BulkJob.objects.filter(pk=key).first(),
    "outcome": lambda value: Outcome(value).label,
    "type": type_label,
    "for": _owner_words,
    "created": span_words,
    "ended": span_words,
}
