"""What other apps keep beside the ledgers: purged in the same rounds, erased on the same demand."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

Purger = Callable[[datetime, datetime], bool]
"""Delete one batch of what ended before the first time, keys only where they are older than the
second; False when nothing is left.
"""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who owns no events but is what they are about.

    `find` gives the key of whom somebody means by a text, `called` what to call them where it
    outlives them (no name, no address), `subjects` all that their events may be about, and `forget`
    blanks what is kept of them, in the caller's transaction.
    """

    find: Callable[[str], str | None]
    called: Callable[[str], str]
    subjects: Callable[[str], Iterable[str]]
    forget: Callable[[str], None]


_purgers: dict[str, Purger] = {}
_people: dict[str, Person] = {}


def register_purger(name: str, purger: Purger) -> None:
    """From now on cleaning up calls this, too, one batch at a time."""
    _purgers[name] = purger


def register_person(kind: str, person: Person) -> None:
    """From now on everything of a `<kind>:<key>` can be erased on demand."""
    _people[kind] = person


def purge_others(before: datetime, keys_before: datetime) -> bool:
    """One batch of what other apps keep; False when nothing of it is old."""
    return any(purger(before, keys_before) for purger in _purgers.values())


def person_kinds() -> list[str]:
    """Every kind of person that can be erased."""
    return sorted(_people)


def find_person(kind: str, name: str) -> str | None:
    """The person, as `contact:12`, whom somebody means by this name."""
    key = _people[kind].find(name) if kind in _people else None
    return f"{kind}:{key}" if key else None


def person_of(reference: str) -> tuple[Person, str] | None:
    """Who this is and the key of it, for `contact:12`; None for owners such as `customer:12`."""
    kind, _, key = reference.partition(":")
    return (_people[kind], key) if kind in _people else None
