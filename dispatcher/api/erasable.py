"""Whose payloads can be erased on demand: owners of events, and people whom they are about."""

from __future__ import annotations

from dispatcher.api import filters
from dispatcher.retention import find_person, person_kinds
from dispatcher.selecting.filters import BY_RULE


def kinds() -> list[str]:
    """Every kind that can be erased: not channels, which own rules and never events."""
    return sorted({*filters.owner_kinds(), *person_kinds()} - set(BY_RULE))


def find(kind: str, name: str) -> str | None:
    """Who is meant by this name, as `customer:12`; None for nobody, or who cannot be erased."""
    if kind not in kinds() or not name:
        return None
    return filters.find_owner(kind, name) or find_person(kind, name)
