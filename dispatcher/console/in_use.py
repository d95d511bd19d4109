"""Which rules are meant to send, as the apps know that own them: no draft, nothing switched off."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import Q, QuerySet

Rules = Callable[[], QuerySet[Any, Any]]
"""A query for the primary keys of rules that are in use."""

_registered: dict[str, Rules] = {}


def register(kind: str, rules: Rules) -> None:
    """From now on, rules of this app's kind are in use if this query names them."""
    _registered[kind] = rules


def condition() -> Q:
    """Rules that somebody means to send by."""
    found = Q(pk__in=[])
    for rules in _registered.values():
        found |= Q(pk__in=rules())
    return found
