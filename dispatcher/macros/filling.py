"""Values go in: each place in a request has its own way of writing them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Literal
from urllib.parse import quote

from dispatcher.macros.language import REST, Macro, MacroError, Parsed, parse
from dispatcher.macros.times import write_time

Place = Literal["url", "text", "header"]
"""`url`: percent-encoded, `{_raw}` only made safe. `header`: breaks no line. `text`: as it is."""

Values = Mapping[str, Any]
"""What an event holds, as `read_values` gives it."""

# What a raw value may bring into a URL: everything that has a meaning there, except "#", behind
# which nothing would be sent.
_NOT_IN_URL = re.compile(r"[^A-Za-z0-9\-._~:/?\[\]@!$&'()*+,;=%|]+")
_NOT_IN_HEADER = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")


class Number(str):
    """A number as it was spelled in the payload: 12.50 stays 12.50."""

    __slots__ = ()


_decode = json.JSONDecoder(parse_float=Number, parse_int=Number).decode


def read_values(payload: str) -> Values:
    """The values of an event. Raises MacroError for a payload that is no JSON object."""
    try:
        values = _decode(payload)
    except ValueError:
        raise MacroError("The event's payload is not JSON.") from None
    if not isinstance(values, dict):
        raise MacroError("The event's payload is no JSON object.")
    return values


def fill(text: str, values: Values, *, place: Place = "text") -> str:
    """The text with its macros replaced. Raises MacroError for a text with faults."""
    return Filler(text, place=place)(values)


class Filler:
    """A text whose macros are to be replaced in one kind of place, read once."""

    __slots__ = ("_encode", "_encode_raw", "_pieces", "_what")

    def __init__(self, text: str, *, place: Place, what: str = "") -> None:
        self._pieces = parsed_or_refused(text)
        self._encode, self._encode_raw = _WRITERS[place]
        self._what = what or f"the {place}"

    def __call__(self, values: Values) -> str:
        """Raises MacroError where a value is not what its macro needs."""
        return "".join(
            [
                piece if isinstance(piece, str) else self._write(piece, values)
                for piece in self._pieces
            ]
        )

    @property
    def lone(self) -> Macro | None:
        """The macro that is all there is of it; None where there is more, or less."""
        only = self._pieces[0] if len(self._pieces) == 1 else None
        return only if isinstance(only, Macro) else None

    def _write(self, macro: Macro, values: Values) -> str:
        value = read(macro, values, self._what)
        return (self._encode_raw if macro.is_raw else self._encode)(value)


def parsed_or_refused(text: str) -> Parsed:
    """Raises MacroError with the first fault."""
    parsed, faults = parse(text)
    if faults:
        raise MacroError(str(faults[0]))
    return parsed


def read(macro: Macro, values: Values, what: str) -> str:
    """The text that a macro stands for, before it is encoded; empty where there is no value."""
    value = as_text(values.get(macro.name))
    if macro.mapping is not None:
        return macro.mapping.get(value, macro.mapping.get(REST, value))
    if not (macro.format and value):
        return value
    try:
        return write_time(value, macro.format)
    except (ValueError, OverflowError, KeyError):
        message = f"{{{macro.name}}} in {what} is to be written as a time, but its value is none."
        raise MacroError(message) from None


def as_text(value: Any) -> str:
    """A value of a payload as text that can be encoded; nothing is empty text."""
    if isinstance(value, str):
        return value if value.isascii() else value.encode(errors="replace").decode()
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value, ensure_ascii=False).encode(errors="replace").decode()


def _encoded(value: str) -> str:
    return quote(value, safe="")


def _raw_in_url(value: str) -> str:
    return _NOT_IN_URL.sub(lambda found: quote(found[0], safe=""), value)


def _in_header(value: str) -> str:
    return _NOT_IN_HEADER.sub(lambda found: quote(found[0], safe=""), value)


def _as_it_is(value: str) -> str:
    return value


_WRITERS: Mapping[Place, tuple[Callable[[str], str], Callable[[str], str]]] = {
    "url": (_encoded, _raw_in_url),
    "text": (_as_it_is, _as_it_is),
    "header": (_in_header, _in_header),
}
