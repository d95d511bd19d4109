"""What a filter has to say: where something is done to all that match, nothing is guessed."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping

from dispatcher.keys import as_key
from dispatcher.models import Delivery
from dispatcher.selecting.times import parse_day, parse_span
from dispatcher.types import Outcome

SPECIAL = {"held", "late", "retrying", "ended"}
"""What the list calls a state and is more, or less, than one of a delivery's."""
BOOKKEEPING = {
    "before", "after", "o", "p", "all", "e", "_changelist_filters", "_facets", "_popup",
    "_to_field",
}  # fmt: skip
"""Parameters of the list that choose a page or an order, and no rows."""


class FilterError(ValueError):
    """A filter that there is not, or whose value means nothing; the message names each."""


def _is_any(value: str) -> bool:
    return "\x00" not in value


def is_number(value: str) -> bool:
    """Whether this may be a primary key."""
    return as_key(value) is not None


def _one_of(choices: Container[str]) -> Callable[[str], bool]:
    return lambda value: value in choices


_CHECKS: Mapping[str, Callable[[str], bool]] = {
    "state": _one_of({*SPECIAL, *Delivery.State.values}),
    "outcome": _one_of(set(Outcome.values)),
    "cause": _is_any,
    "type": _is_any,
    "rule__id__exact": is_number,
    "destination__id__exact": is_number,
    "to": _one_of({"nowhere"}),
    "for": _is_any,
    "created_at_from": lambda value: parse_day(value) is not None,
    "created_at_to": lambda value: parse_day(value) is not None,
    "created": lambda value: parse_span(value) is not None,
    "ended": lambda value: parse_span(value) is not None,
    "resent": _one_of({"no"}),
    "job": is_number,
    "test": _one_of({"yes", "no"}),
    "q": _is_any,
}


def is_readable(name: str, value: str) -> bool:
    """Whether this filter with this value leaves something out."""
    return name in _CHECKS and _CHECKS[name](value)


def readable(parameters: Mapping[str, str]) -> dict[str, str]:
    """The filters among these parameters that have a value and mean something."""
    given = {name: parameters.get(name, "") for name in _CHECKS}
    return {
        name: value for name, value in given.items() if value.strip() and is_readable(name, value)
    }


def read(parameters: Mapping[str, str]) -> dict[str, str]:
    """The same, but nothing is left out in silence. Raises FilterError."""
    found = readable(parameters)
    wrong = [
        f"“{name}” cannot be “{value[:80]}”."
        if name in _CHECKS
        else f"There is no filter “{name}”."
        for name, value in parameters.items()
        if name not in BOOKKEEPING and name not in found
        if value.strip() or name not in _CHECKS
    ]
    if wrong:
        raise FilterError(" ".join(wrong))
    return found
