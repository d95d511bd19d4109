"""What rows are called in the file: the same on every machine, whatever else is there."""

from __future__ import annotations

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Any

_TELLING = ("reference_id", "name", "url", "host", "body")
"""Fields that tell rows of one identity apart; what else they hold may differ by machine."""
_ENDINGS = (re.compile(r"-[0-9]+$"), re.compile(r"-[0-9a-f]{8}(-[0-9]+)?$"))


def keys(
    rows: Mapping[int, tuple[str, Mapping[str, Any]]], wanted: Mapping[Any, Any]
) -> dict[int, str]:
    """Of each row, by primary key, its key; `rows` gives the slug of its identity and its fields.

    An identity that only one row has is its key. Rows that share one get a digest of what they
    are, and equal ones a number, too. A row of the file `wanted` that is the same but was named
    where it was alone, or was not, gives a row here its key.
    """
    shared = Counter(base for base, _ in rows.values())
    full = {pk: f"{base}-{_digest(fields)}" for pk, (base, fields) in rows.items()}
    called = _by_full_name(wanted)
    found: dict[int, str] = {}
    taken: set[str] = set()
    for pk, name in full.items():
        if free := [key for key in called.get(name, ()) if key not in taken]:
            found[pk] = free[0]
            taken.add(free[0])
    for pk, (base, _) in rows.items():
        if pk not in found:
            found[pk] = _free(base if shared[base] == 1 else full[pk], taken)
            taken.add(found[pk])
    return found


def _by_full_name(wanted: Mapping[Any, Any]) -> dict[str, list[str]]:
    """What a file calls rows, by how they would be called if each had a digest."""
    called = defaultdict(list)
    for key, row in wanted.items():
        if isinstance(key, str) and isinstance(row, Mapping):
            for base in _bases(key):
                called[f"{base}-{_digest(row)}"].append(key)
    return called


def _bases(key: str) -> set[str]:
    """What the key may be without digest and number; a name may well end like one."""
    return {key, *(ending.sub("", key) for ending in _ENDINGS)}


def _free(key: str, taken: set[str]) -> str:
    name, number = key, 2
    while name in taken:
        name, number = f"{key}-{number}", number + 1
    return name


def _digest(fields: Mapping[str, Any]) -> str:
    telling = [str(fields.get(name) or "") for name in _TELLING]
    return hashlib.sha256("\n".join(telling).encode()).hexdigest()[:8]
