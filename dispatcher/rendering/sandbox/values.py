"""Values as the payload has them, and their text."""

from __future__ import annotations

import json
import math
from datetime import datetime
from json.encoder import encode_basestring
from typing import Any, Self

from markupsafe import Markup

from .faults import BudgetFault, TemplateFault
from .limits import MAX_NESTING
from .missing import Missing
from .state import state


class Number(float):
    """A number that remembers how it was written: 10.50 stays `10.50`."""

    __slots__ = ("text",)

    text: str

    def __new__(cls, text: str) -> Self:
        self = super().__new__(cls, text)
        self.text = text
        return self

    def __str__(self) -> str:
        return self.text

    __repr__ = __str__

    def __reduce__(self) -> Any:
        return Number, (self.text,)


class Safe(Markup):
    """Text that is already in the form of the template's format; a subclass for each format."""

    __slots__ = ()

    def plain(self) -> str:
        """The text it stands for."""
        raise NotImplementedError


def _refuse_constant(name: str) -> Any:
    message = f"{name} is not a JSON value"
    raise ValueError(message)


_decoder = json.JSONDecoder(parse_float=Number, parse_constant=_refuse_constant)


def parse_payload(text: str) -> Any:
    """The payload with its numbers' texts kept; raises ValueError or RecursionError."""
    return _decoder.decode(text)


def float_text(value: float) -> str:
    """A computed number as JSON writes it."""
    if not math.isfinite(value):
        raise TemplateFault("A calculation gave a number that is too large.")
    return repr(value)


def text(value: Any) -> str:
    """What a value reads as: null is empty, booleans are true and false, lists are JSON."""
    if type(value) is str:
        return value
    if value is None:
        return ""
    if value is True or value is False:
        return "true" if value else "false"
    if isinstance(value, Safe):
        return value.plain()
    if isinstance(value, (int, Number, Missing, str)):
        return str(value)
    return _rare_text(value)


def _rare_text(value: Any) -> str:
    if isinstance(value, float):
        return float_text(value)
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, (dict, list, tuple, range)):
        return dumps(value)
    raise TemplateFault(f"`{type(value).__name__.lower()}` cannot be shown: are the () missing?")


def iso(moment: datetime) -> str:
    """ISO 8601, `Z` for UTC."""
    return moment.isoformat().replace("+00:00", "Z")


def dumps(value: Any, indent: int | None = None) -> str:
    """JSON, with numbers as they were written; a missing field is null (and reported)."""
    pieces: list[str] = []
    _write(value, pieces, "" if indent is None else "\n", " " * (indent or 0))
    state.charge_text(sum(map(len, pieces)))
    return "".join(pieces)


def _write(value: Any, pieces: list[str], newline: str, step: str) -> None:
    if isinstance(value, dict):
        pairs = [(quote(text(key)) + ": ", v) for key, v in value.items()]
        _write_all(pairs, "{}", pieces, newline, step)
    elif isinstance(value, (list, tuple, range)):
        _write_all([("", item) for item in value], "[]", pieces, newline, step)
    else:
        pieces.append(scalar(value))


def _write_all(
    pairs: list[tuple[str, Any]], brackets: str, pieces: list[str], newline: str, step: str
) -> None:
    state.charge_iterations(len(pairs))
    state.depth += 1
    if state.depth > MAX_NESTING:
        raise BudgetFault("The value is nested too deeply.")
    inner = newline + step
    pieces.append(brackets[0])
    for number, (name, item) in enumerate(pairs):
        pieces.append(("," if newline else ", ") if number else "")
        pieces.append(inner + name if newline else name)
        _write(item, pieces, inner if newline else "", step)
    pieces.append((newline if pairs else "") + brackets[1])
    state.depth -= 1


def scalar(value: Any) -> str:
    """One JSON value that is not a list or object."""
    if value is None:
        return "null"
    if isinstance(value, Missing):
        value.report()
        return "null"
    if isinstance(value, (bool, int, float)):
        return text(value)
    return quote(text(value))


def quote(plain: str) -> str:
    """A JSON string with its quotes, safe inside scripts too."""
    quoted = encode_basestring(plain)
    if not plain.isascii():
        quoted = quoted.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    return quoted
