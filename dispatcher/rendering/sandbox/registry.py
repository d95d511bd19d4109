"""Every filter, test and function a template may use, each with a line of explanation.

The documentation's table and the editor's completion are made from this.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any, TypeVar

_Callable = TypeVar("_Callable", bound=Callable[..., Any])
_MODULES = (
    "filters_text",
    "filters_lists",
    "filters_numbers",
    "filters_dates",
    "filters_data",
    "functions",
    "tests",
)


@dataclass(frozen=True, slots=True)
class Entry:
    """Something a template may use: `kind` is filter, test or function."""

    kind: str
    name: str
    summary: str
    example: str
    function: Callable[..., Any]


_entries: list[Entry] = []


def template_filter(name: str, summary: str, example: str) -> Callable[[_Callable], _Callable]:
    """Register a filter under its name in templates."""
    return _register("filter", name, summary, example)


def template_test(name: str, summary: str, example: str) -> Callable[[_Callable], _Callable]:
    """Register what can stand after `is`."""
    return _register("test", name, summary, example)


def template_function(name: str, summary: str, example: str) -> Callable[[_Callable], _Callable]:
    """Register a function that templates can call."""
    return _register("function", name, summary, example)


def _register(kind: str, name: str, summary: str, example: str) -> Callable[[_Callable], _Callable]:
    def register(function: _Callable) -> _Callable:
        _entries.append(Entry(kind, name, summary, example, function))
        return function

    return register


@cache
def entries() -> tuple[Entry, ...]:
    """All of them, in the order of the documentation."""
    for module in _MODULES:
        import_module(f".{module}", __package__)
    return tuple(_entries)


def by_name(kind: str) -> dict[str, Any]:
    """The functions of a kind."""
    return {entry.name: entry.function for entry in entries() if entry.kind == kind}
