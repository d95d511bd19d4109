"""`lookups()`, as templates call it (spec section 2)."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any, NamedTuple

from dispatcher.keys import as_key
from dispatcher.rendering import Answer, RenderError
from postbacks.lookups.cache import cache
from postbacks.lookups.values import normal_field

NAME = "lookups"
SUMMARY = "the value of a key in a lookup table, by the table's template field"
EXAMPLE = '{{ lookups({"sku": item.sku}, strict=False, default="") }}'

_ARGUMENTS = ("entries", "strict", "default")
_SHOWN = 80


class _Call(NamedTuple):
    entries: Mapping[str, Any]
    strict: bool
    default: Any


def resolve(owner: str, arguments: list[Any], named: dict[str, Any]) -> Answer:
    """The first hit of `lookups({field: key, …}, strict=False, default="")`.

    A customer's own table is asked before the one for every customer. A miss gives the default,
    with a warning that names table and key; a strict one raises RenderError.
    Raises what the database raises: the render is tried again then.
    """
    call = _read(arguments, named)
    customer = _customer(owner)
    misses = []
    for name, given in call.entries.items():
        field, key = normal_field(name), _key(name, given)
        tables = cache.tables(field, customer)
        for table in tables if key is not None else ():
            found = cache.value(table, key or "")
            if found is not None:
                return Answer(found)
        misses.append(_miss(field, key, [table.name for table in tables], customer))
    message = " ".join(misses)
    if call.strict:
        raise RenderError(message)
    return Answer(call.default, warning=message)


def _read(arguments: list[Any], named: dict[str, Any]) -> _Call:
    given = dict(zip(_ARGUMENTS, arguments, strict=False)) | named
    unknown = [name for name in named if name not in _ARGUMENTS]
    if unknown or len(arguments) > len(_ARGUMENTS):
        near = difflib.get_close_matches(unknown[0], _ARGUMENTS, 1) if unknown else []
        hint = f"; did you mean `{near[0]}`?" if near else "."
        what = f"`{unknown[0]}` is not one of them" if unknown else "these are too many"
        raise RenderError(f"`lookups` takes entries, strict and default: {what}{hint}")
    entries = given.get("entries")
    if not isinstance(entries, dict) or not entries:
        raise RenderError(
            "`lookups` needs the table's template field and the key to search, as "
            'lookups({"sku": item.sku}).'
        )
    return _Call(entries, bool(given.get("strict", False)), given.get("default", ""))


def _customer(owner: str) -> int | None:
    return as_key(owner.removeprefix("customer:"))


def _key(name: str, value: Any) -> str | None:
    """The key as text, None for null; keys are compared exactly."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list):
        kind = "a list" if isinstance(value, list) else "an object"
        raise RenderError(f"The key to search in `{name[:_SHOWN]}` must be a text, not {kind}.")
    return str(value).strip()


def _miss(field: str, key: str | None, names: list[str], customer: int | None) -> str:
    shown = field[:_SHOWN]
    if not names:
        near = difflib.get_close_matches(field, cache.fields(customer), 1)
        hint = f"; did you mean `{near[0]}`?" if near else "."
        return f"There is no lookup table with the template field `{shown}`{hint}"
    tables = " or ".join(f"“{name}”" for name in names)
    if not key:
        return f"There was no key to look up in {tables} (`{shown}`): it is empty."
    short = key if len(key) <= _SHOWN else f"{key[:_SHOWN]}…"
    return f"The key “{short}” is not in the lookup table {tables} (`{shown}`)."
