"""Rules that an event did not meet although somebody might have expected it.

The app that owns a kind of rule registers how to find them; the ledgers only know rules that met
an event's type and owner.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from dispatcher.models import Event


@dataclass(frozen=True, slots=True)
class NearMiss:
    """A rule by name and page, and what it waits for instead."""

    name: str
    url: str
    reason: str


Finder = Callable[[Event], Iterable[NearMiss]]
_finders: list[Finder] = []


def register(finder: Finder) -> None:
    """From now on "Why was nothing sent?" asks this one, too; it returns few, by an index."""
    _finders.append(finder)


def near_misses(event: Event) -> list[NearMiss]:
    """What every app says about an event."""
    return [miss for finder in _finders for miss in finder(event)]
