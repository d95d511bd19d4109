"""Whether a secret's value is the one that is stored: the only thing that is ever told of it."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from typing import Any


def is_stored(row: Any, value: str) -> bool:
    """Whether this row has this secret already."""
    return any(value == one for one in _values(row))


def _values(row: Any) -> Iterator[str]:
    rule = getattr(row, "rule", None)
    kept = [getattr(rule, "credentials", None)]
    kept += [getattr(row, name, None) for name in ("password", "secret")]
    for one in kept:
        for text in _texts(one):
            yield text
            yield from _parts(text)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)


def _parts(header: str) -> Iterator[str]:
    """Password or token of an Authorization header, which is stored as it is sent."""
    kind, _, rest = header.partition(" ")
    if kind == "Bearer":
        yield rest
    elif kind == "Basic":
        yield rest
        try:
            yield base64.b64decode(rest, validate=True).decode().partition(":")[2]
        except (binascii.Error, UnicodeDecodeError):
            return
