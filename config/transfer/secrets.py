"""Secrets in a row of the file: `{secret: NAME}` where the API says only that there is one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from dispatcher import http

FindSecret = Callable[[str], str | None]
_PLACE = ("host", "port", "tls", "kind")


def secret_name(path: list[str]) -> str:
    """The name of an environment variable."""
    return re.sub(r"[^A-Z0-9]+", "_", "_".join(path).upper()).strip("_")


def with_names(value: Any, path: list[str]) -> Any:
    """The same, with a name in place of each secret; what has none is null.

    The API says of a secret only whether it is set: `{"set": true}`, or, in a row of headers,
    `value: null` beside `is_secret: true`.
    """
    if isinstance(value, Mapping):
        if value.keys() == {"set"}:
            return {"secret": secret_name(path)} if value["set"] else None
        if value.get("is_secret") is True:
            label = str(value.get("name", ""))
            return {**value, "value": {"secret": secret_name([*path, label])}}
        return {name: with_names(one, [*path, name]) for name, one in value.items()}
    if isinstance(value, list):
        return [with_names(one, path) for one in value]
    return value


def names(value: Any) -> Iterator[str]:
    """The names of all secrets in a row."""
    if _is_named(value):
        yield value["secret"]
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from names(one)
    elif isinstance(value, list):
        for one in value:
            yield from names(one)


def with_values(value: Any, find_secret: FindSecret) -> Any:
    """The same with the secrets' values; one that has none keeps what is stored."""
    if isinstance(value, Mapping):
        if value.keys() == {"secret"}:
            found = find_secret(value["secret"])
            return {"set": True} if found is None else found
        if value.get("is_secret") is True and isinstance(value.get("value"), Mapping):
            found = find_secret(value["value"].get("secret", ""))
            return {**value, "value": found or ""}
        return {name: with_values(one, find_secret) for name, one in value.items()}
    if isinstance(value, list):
        return [with_values(one, find_secret) for one in value]
    return value


def moves(here: Mapping[str, Any], given: Mapping[str, Any]) -> bool:
    """Whether a row would send to another host than it does here, or by another scheme or port."""
    return _place(here) != _place({**here, **given})


def _place(row: Mapping[str, Any]) -> list[Any]:
    config = row.get("config")
    parts = [row, config] if isinstance(config, Mapping) else [row]
    return [[_origin(part.get("url")), *(part.get(name) for name in _PLACE)] for part in parts]


def _origin(url: Any) -> Any:
    try:
        return http.origin(url) if isinstance(url, str) else url
    except http.InvalidUrlError:
        return url


def staying(here: Any, given: Any) -> Iterator[str]:
    """The names of what is stored here and would stay: the file gives nothing in its place.

    A text is something in its place, also an empty one, but not where it is a header's: that one
    keeps what is stored. Headers that are in the file no longer do not stay.
    """
    if _is_named(given):
        yield given["secret"]
    elif _is_named(here):
        if not isinstance(given, str):
            yield here["secret"]
    elif isinstance(here, Mapping):
        rest = given if isinstance(given, Mapping) else {}
        for name, one in here.items():
            yield from staying(one, rest.get(name, one))
    elif isinstance(here, list) and isinstance(given, list):
        yield from _staying_headers(here, given)


def _staying_headers(here: list[Any], given: list[Any]) -> Iterator[str]:
    found = {
        _label(one): {**one, "value": one.get("value") or None} for one in given if _label(one)
    }
    for one in here:
        if _label(one) in found:
            yield from staying(one, found[_label(one)])


def _label(row: Any) -> str:
    return str(row.get("name", "")).lower() if isinstance(row, Mapping) else ""


def _is_named(value: Any) -> bool:
    return (
        isinstance(value, Mapping)
        and value.keys() == {"secret"}
        and isinstance(value["secret"], str)
    )
