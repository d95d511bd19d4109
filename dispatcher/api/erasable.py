"""Whose payloads can be erased on demand: owners of events, and people whom they are about."""

from __future__ import annotations

from dispatcher.api import filters
from dispatcher.console import names
from dispatcher.retention import find_person, person_kinds, person_of
from dispatcher.selecting.filters import BY_RULE


def kinds() -> list[str]:
    """Every kind that can be erased: not channels, which own rules and never events."""
    return sorted({*filters.owner_kinds(), *person_kinds()} - set(BY_RULE))


def find(kind: str, name: str) -> str | None:
    """Who is meant by this name, as `customer:12`; None for nobody, or who cannot be erased."""
    if kind not in kinds() or not name:
        return None
    return filters.find_owner(kind, name) or find_person(kind, name)


def called(owner: str) -> str:
    """What to call them in what outlives the erasure: of a person neither name nor address."""
    person = person_of(owner)
    if person is None:
        return names.label(owner)
    who, key = person
    return who.called(key)


def did(owner: str) -> str:
    """What an erasure did, as the audit says it."""
    return f"Erased everything of {called(owner)}"
