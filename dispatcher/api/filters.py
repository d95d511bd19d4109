"""Filters of the ledgers, by name: what may be asked, and how it is answered by an index."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.utils.dateparse import parse_datetime

from dispatcher import http
from dispatcher.api.pagination import PARAMETERS
from dispatcher.api.problems import FieldError, Problem
from dispatcher.console import names
from dispatcher.ids import first_id
from dispatcher.keys import as_key
from dispatcher.models import Delivery

OwnerFinder = Callable[[str], str | None]
"""The owner (`customer:12`) that callers know by this name; None for an unknown one."""

NAMES: tuple[str, ...] = (
    "type", "state", "customer", "affiliate", "channel", "subject", "rule", "destination",
    "created_after", "created_before", "is_test",
)  # fmt: skip

MAX_VALUE = 300
_PLAIN = re.compile(r"[\w.@-]{1,128}", re.ASCII)


@dataclass(slots=True)
class _Registry:
    types: set[str] = field(default_factory=set)
    owners: dict[str, OwnerFinder] = field(default_factory=dict)
    hidden: dict[str, frozenset[str]] = field(default_factory=dict)


_registry = _Registry()


def register_types(*types: str) -> None:
    """From now on these event types may be asked for."""
    _registry.types.update(types)


def register_owner(kind: str, find: OwnerFinder) -> None:
    """From now on `?<kind>=<name>` asks for what belongs to the owner that `find` gives."""
    _registry.owners[kind] = find


def owner_kinds() -> list[str]:
    """Every kind of owner that may be asked for, as customer."""
    return sorted(_registry.owners)


def find_owner(kind: str, name: str) -> str | None:
    """The owner, as `customer:12`, whom somebody means by this name of this kind."""
    find = _registry.owners.get(kind)
    return find(name) if find else None


def register_hidden(kind: str, names: Iterable[str]) -> None:
    """From now on a token restricted to an owner of this kind is not shown these of a payload."""
    _registry.hidden[kind] = frozenset(names)


def hidden_from(owner: str) -> frozenset[str]:
    """The members of a payload that a token restricted to this owner is not shown."""
    return _registry.hidden.get(owner.partition(":")[0], frozenset())


def known_types() -> list[str]:
    """Every event type that may be asked for."""
    return sorted(_registry.types)


def deliveries(values: Mapping[str, Any], *, is_restricted: bool) -> Q:
    """The condition on deliveries of these filters.

    Values are texts as of a query string, or JSON values. Raises Problem naming each unknown name
    or value; a restricted caller is not told whether a customer exists.
    """
    return _all(values, _DELIVERY, is_restricted=is_restricted)


def events(values: Mapping[str, Any], *, is_restricted: bool, visible: Q) -> Q:
    """The condition on events of the same filters.

    Those on deliveries ask for any of the event's that are `visible` to the caller.
    """
    mine = {name: value for name, value in values.items() if name not in _OF_DELIVERY}
    theirs = {name: value for name, value in values.items() if name in _OF_DELIVERY}
    condition = _all(mine, _EVENT, is_restricted=is_restricted)
    if theirs:
        of_delivery = _all(theirs, _DELIVERY, is_restricted=is_restricted)
        condition &= Q(Exists(Delivery.objects.filter(visible, of_delivery, event=OuterRef("pk"))))
    return condition


_Filter = Callable[[str], Q]


class UnknownOwnerError(ValueError):
    """Nobody is known by this name."""


def _all(values: Mapping[str, Any], filters: Mapping[str, _Filter], *, is_restricted: bool) -> Q:
    condition = Q()
    errors: list[FieldError] = []
    for name, value in values.items():
        try:
            condition &= _one(name, value, filters)
        except UnknownOwnerError as error:
            if is_restricted:
                condition &= Q(pk__in=[])
            else:
                errors.append(FieldError(field=name, message=str(error)))
        except ValueError as error:
            errors.append(FieldError(field=name[:80], message=str(error)))
    if errors:
        raise Problem(400, errors=errors)
    return condition


def _one(name: str, value: Any, filters: Mapping[str, _Filter]) -> Q:
    if name not in filters:
        raise ValueError(f"There is no such filter. Filters are {', '.join(NAMES)}.")
    text = str(value).lower() if isinstance(value, bool) else value
    if isinstance(text, int):
        text = str(text)
    if not isinstance(text, str):
        raise ValueError("Give one text, number, true or false.")  # noqa: TRY004 - one error for all
    if not text or len(text) > MAX_VALUE or not text.isprintable():
        raise ValueError("Give a value, or leave the filter out.")
    return filters[name](text)


def from_query(parameters: Any) -> dict[str, str]:
    """The filters of a query string. Raises Problem for one that is given twice."""
    values = {name: many for name, many in parameters.lists() if name not in PARAMETERS}
    twice = [name for name, many in values.items() if len(many) > 1]
    if twice:
        message = "This filter is there twice. Give it once."
        raise Problem(400, errors=[FieldError(field=name, message=message) for name in twice])
    return {name: many[0] for name, many in values.items()}


def _type(text: str) -> str:
    if text not in _registry.types:
        raise ValueError(f"No event has this type. Types are {', '.join(known_types())}.")
    return text


def _state(text: str) -> Q:
    if text not in Delivery.State.values:
        raise ValueError(f"Choose one of {', '.join(Delivery.State.values)}.")
    return Q(state=text)


def _owner_of(kind: str, text: str) -> str:
    find = _registry.owners.get(kind)
    if find is None:
        if not _PLAIN.fullmatch(text):
            raise ValueError(f"This is no {kind}'s id.")
        return f"{kind}:{text}"
    owner = find(text)
    if owner is None:
        raise UnknownOwnerError(f"There is no such {kind}. Give its reference ID or its id.")
    return owner


def _owner(kind: str, column: str = "owner") -> _Filter:
    return lambda text: Q(**{column: _owner_of(kind, text)})


def _subjects(text: str) -> list[str]:
    return [text] if ":" in text else names.subjects(text)


def _rule(text: str) -> Q:
    if (key := as_key(text)) is None:
        raise ValueError("Give the rule's id, a number.")
    return Q(rule_id=key)


def _destination(text: str) -> Q:
    try:
        return Q(destination__key=http.origin(text))
    except http.InvalidUrlError as error:
        raise ValueError(f"{error} Give a destination as https://example.com:443.") from None


def _moment(text: str) -> datetime:
    try:
        # In a query string an unescaped + is a space.
        moment = parse_datetime(text.replace(" ", "+") if "T" in text else text)
        if moment is not None and moment.tzinfo is not None:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise ValueError("Give a time with its zone, as 2026-03-01T09:30:00Z.")


_SLACK = timedelta(minutes=1)  # an id is made a little after the time it stands for


def _after(uid: str, column: str) -> _Filter:
    def condition(text: str) -> Q:
        moment = _moment(text)
        return Q(**{f"{column}__gte": moment, f"{uid}__gte": first_id(moment)})

    return condition


def _before(uid: str, column: str) -> _Filter:
    def condition(text: str) -> Q:
        moment = _moment(text)
        try:
            latest = first_id(moment + _SLACK)
        except OverflowError:
            return Q()
        return Q(**{f"{column}__lt": moment, f"{uid}__lt": latest})

    return condition


def _is_test(text: str) -> Q:
    if text not in {"true", "false"}:
        raise ValueError("Choose true or false.")
    return Q(is_test=text == "true")


_DELIVERY: Mapping[str, _Filter] = {
    "type": lambda text: Q(event__type=_type(text)),
    "state": _state,
    # The event's owner is indexed; the delivery's is a copy of it.
    "customer": _owner("customer", "event__owner"),
    "affiliate": _owner("affiliate", "event__owner"),
    "channel": _owner("channel", "rule__owner"),
    "subject": lambda text: Q(event__subject__in=_subjects(text)),
    "rule": _rule,
    "destination": _destination,
    "created_after": _after("uid", "created_at"),
    "created_before": _before("uid", "created_at"),
    "is_test": _is_test,
}
_EVENT: Mapping[str, _Filter] = {
    "type": lambda text: Q(type=_type(text)),
    "customer": _owner("customer"),
    "affiliate": _owner("affiliate"),
    "subject": lambda text: Q(subject__in=_subjects(text)),
    "created_after": _after("id", "received_at"),
    "created_before": _before("id", "received_at"),
    "is_test": _is_test,
}
_OF_DELIVERY = frozenset({"state", "channel", "rule", "destination"})
