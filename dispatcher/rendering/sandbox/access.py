"""`a.b` and `a["b"]`: what the payload has, and next to nothing else.

Python attributes are never looked up on values. A key of the payload always wins; behind it stand
short lists of harmless methods written here.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from .faults import TemplateFault
from .formatting import strftime
from .methods import TEXT_METHODS
from .missing import Missing
from .problems import Place
from .runtime import Function, Loop, Namespace
from .values import Safe, iso

_DICT_METHODS: dict[str, Callable[..., Any]] = {
    "items": lambda value: list(value.items()),
    "keys": lambda value: list(value.keys()),
    "values": lambda value: list(value.values()),
    "get": lambda value, key, default=None: value.get(key, default),
}
_DATE_FIELDS = frozenset({"year", "month", "day", "hour", "minute", "second"})
_DATE_METHODS: dict[str, Callable[..., Any]] = {
    "strftime": strftime,
    "isoformat": iso,
    "timestamp": lambda value: value.timestamp(),
}
_LOOP_FIELDS = frozenset(
    {
        *("index", "index0", "revindex", "revindex0", "first", "last"),
        *("length", "previtem", "nextitem", "depth", "depth0"),
    }
)
_LOOP_METHODS = frozenset({"cycle", "changed"})


def attribute(value: Any, name: str, place: Place) -> Any:
    """`value.name` in a template."""
    if type(value) is dict:
        try:
            return value[name]
        except KeyError:
            method = _DICT_METHODS.get(name)
            return Function(name, method, value) if method else Missing(place, value, name)
    return _other_attribute(value, name, place)


def _other_attribute(value: Any, name: str, place: Place) -> Any:
    if isinstance(value, Loop):
        return _loop_attribute(value, name, place)
    if isinstance(value, str):
        return _bound(TEXT_METHODS, value, name, place)
    if isinstance(value, datetime):
        if name in _DATE_FIELDS:
            return getattr(value, name)
        return _bound(_DATE_METHODS, value, name, place)
    if isinstance(value, Namespace):
        return value.get(name, place)
    return Missing(place, value, name)


def _bound(methods: dict[str, Callable[..., Any]], value: Any, name: str, place: Place) -> Any:
    method = methods.get(name)
    return Function(name, method, value) if method else Missing(place, value, name)


def _loop_attribute(loop: Loop, name: str, place: Place) -> Any:
    if name in _LOOP_FIELDS:
        return getattr(loop, name)
    if name in _LOOP_METHODS:
        return Function(name, getattr(loop, name))
    return Missing(place, loop, name)


def subscript(value: Any, key: Any, place: Place) -> Any:
    """`value[key]` in a template; a slice of text or a list too."""
    if type(key) is int and type(value) is list:
        return _element(value, key, place)
    if isinstance(key, slice):
        return _slice(value, key, place)
    if isinstance(value, dict):
        key = key.plain() if isinstance(key, Safe) else key
        if isinstance(key, (str, int, float, bool)) and key in value:
            return value[key]
    elif isinstance(value, (list, tuple, range, str)) and type(key) is int:
        return _element(value, key, place)
    if isinstance(key, str):
        return attribute(value, key, place)
    return Missing(place, value, key)


def _element(value: Any, index: int, place: Place) -> Any:
    try:
        return value[index]
    except IndexError:
        return Missing(place, value, index)


def _slice(value: Any, part: slice, place: Place) -> Any:
    if value is None or isinstance(value, Missing):
        return Missing(place, value, None)
    if not isinstance(value, (str, list, tuple, range)):
        raise TemplateFault(f"Only text and lists can be cut; `{place.path}` is neither.")
    return value[part]


def pick(value: Any, path: Any) -> Any:
    """`value` at a dotted path such as `address.city` or an index; for filters over lists."""
    if type(path) is int:
        return subscript(value, path, Place(None, None, str(path)))
    found = value
    for step in str(path).split("."):
        key = int(step) if step.isdecimal() and len(step) < 9 else step
        found = subscript(found, key, Place(None, None, str(path)))
    return found
