"""Builds an event's document out of what is known; a pure function of its arguments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from notifications.documents.parts import (
    ADDRESS,
    LISTS,
    PARTS,
    TRANSACTION,
    Schema,
)
from notifications.documents.schemas import REQUIRED

Json = Mapping[str, Any]


def build(
    event_type: str,
    *,
    source: str,
    occurred_at: datetime,
    transactions: Sequence[Json] | None = None,
    **given: Json | None,
) -> dict[str, Any]:
    """The document of one of the ten events, valid by its schema whatever the parts hold.

    `given` are the parts by name: contact, order, transaction, shipping, funnel, subscription,
    survey, product. Members that a part does not have are null (its `id` stands for a missing
    reference); others are kept behind those of its schema; a value that does not fit its schema
    is kept as its text, or null where it can have none. A part that is not given is null, unless
    the event cannot be without it: then it is there with all its members null. KeyError for
    another event, TypeError for another part.
    """
    strangers = given.keys() - PARTS.keys()
    if strangers:
        raise TypeError(f"A document has no part {', '.join(sorted(strangers))}.")
    required = REQUIRED[event_type]
    document: dict[str, Any] = {
        "event": str(event_type),
        "source": str(source),
        "occurred_at": occurred_at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
    }
    for name, shape in PARTS.items():
        value = given.get(name)
        is_there = value is not None or name in required
        document[name] = _filled(shape, value or {}) if is_there else None
    has_order = document["order"] is not None
    several = [_filled(TRANSACTION, one) for one in transactions or ()]
    document["transactions"] = several if has_order or several else None
    return document


def _filled(shape: Schema, value: Json) -> dict[str, Any]:
    members: dict[str, Schema] = shape["properties"]
    if "reference" in members and value.get("reference") is None:
        value = {**value, "reference": value.get("id")}
    filled = {name: _member(name, one, value.get(name)) for name, one in members.items()}
    return filled | {name: one for name, one in value.items() if name not in members}


def _member(name: str, shape: Schema, value: Any) -> Any:
    if name in LISTS:
        rows = value if isinstance(value, list | tuple) else ()
        return [_filled(LISTS[name], row) for row in rows if isinstance(row, Mapping)]
    if name == "address":
        return _filled(ADDRESS, value) if isinstance(value, Mapping) else None
    return _fitting(shape, value)


def _fitting(shape: Schema, value: Any) -> Any:
    """The value, as text where only that fits, or null."""
    types = shape.get("type")
    if value is None or types is None or _kind(value) in types:
        return value
    if isinstance(value, int | float) and "string" in types and not isinstance(value, bool):
        return str(value)
    if hasattr(value, "isoformat"):
        return str(value.isoformat()).replace("+00:00", "Z")
    return str(value) if _kind(value) == "" and "string" in types else None


def _kind(value: Any) -> str:
    match value:
        case bool():
            return "boolean"
        case int() | float():
            return "number"
        case str():
            return "string"
        case list() | tuple():
            return "array"
        case Mapping():
            return "object"
        case _:
            return ""
