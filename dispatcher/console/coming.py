"""What has not happened yet but will: the app that waits for it registers how to tell.

The ledgers know only what has been emitted.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from dispatcher.console.names import Name
from dispatcher.console.wording import Standing


@dataclass(frozen=True, slots=True)
class Coming:
    """An event that is still to come: what, about what, and what it waits for."""

    what: str
    about: Name
    standing: Standing


Finder = Callable[[Collection[str]], Iterable[Coming]]
_finders: dict[str, Finder] = {}


def register(kind: str, finder: Finder) -> None:
    """From now on "Why was nothing sent?" asks this one with what the question is about
    (`order:PO-1`); it returns few, by an index.
    """
    _finders[kind] = finder


def coming(subjects: Collection[str]) -> list[Coming]:
    """What every app expects about any of these."""
    return [one for finder in _finders.values() for one in finder(subjects)]
