"""The language: text in which `{name}`, `{_name}` and `{name:option}` stand for values.

    text    = { literal | "{{" | "}}" | macro }
    macro   = "{" ["_"] name [ ":" option ] "}"
    option  = mapping | format
    mapping = value "=" replacement { "," value "=" replacement }

`{{` and `}}` are literal braces. In an option a backslash takes the next character as it is. An
option with an equals sign is a mapping, any other is the format of a time.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass

REST = "*"
"""In a mapping, the value that stands for every other one."""

_PIECE = re.compile(r"\{\{|\}\}|[{}]|[^{}]+")
_OPTION_TOKEN = re.compile(r"\\(.)|(.)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong at a column (counted from 1), and what to do about it."""

    column: int
    message: str

    def __str__(self) -> str:
        return f"Column {self.column}: {self.message}"


class MacroError(ValueError):
    """The text cannot be used, or not with these values; the message names no value."""


@dataclass(frozen=True, slots=True)
class Macro:
    """A macro as it was written. At most one of `mapping` and `format` is given."""

    name: str
    column: int
    is_raw: bool = False
    mapping: Mapping[str, str] | None = None
    format: str = ""


Parsed = tuple[str | Macro, ...]
"""Literal text and macros, in their order."""


def parse(text: str) -> tuple[Parsed, list[Fault]]:
    """What the text consists of, and everything that cannot be read; takes linear time."""
    reader = _Reader(text)
    return tuple(reader.pieces()), reader.faults


def macros_in(parsed: Parsed) -> Iterator[Macro]:
    """The macros alone."""
    return (piece for piece in parsed if isinstance(piece, Macro))


class _Reader:
    def __init__(self, text: str) -> None:
        self.faults: list[Fault] = []
        self._text = text

    def pieces(self) -> Iterator[str | Macro]:
        literal: list[str] = []
        position = 0
        while found := _PIECE.match(self._text, position):
            piece, start, position = found[0], found.start(), found.end()
            if piece == "{":
                if literal:
                    yield "".join(literal)
                    literal.clear()
                position = yield from self._macro(start)
            elif piece == "}":
                self._refuse(start, "this } closes nothing. Write }} for a brace.")
            else:
                literal.append(piece[0] if piece in {"{{", "}}"} else piece)
        if literal:
            yield "".join(literal)

    def _macro(self, start: int) -> Generator[Macro, None, int]:
        """Read from the brace on; returns the position behind the macro."""
        end = _closing(self._text, start + 1)
        if end < 0:
            message = "this { is never closed. Close it with }, or write {{ for a brace."
            self._refuse(start, message)
            return len(self._text)
        name, colon, option = self._text[start + 1 : end].partition(":")
        is_raw = name.startswith("_")
        name = name.removeprefix("_")
        if not name:
            self._refuse(start, "no macro is named here. Write its name, as {click_id}.")
        elif colon and not option:
            self._refuse(start, f"nothing follows the colon of {{{name}:}}. Remove the colon.")
        else:
            mapping = self._mapping(start, name, option) if _is_mapping(option) else None
            form = "" if mapping is not None else _plain(option)
            yield Macro(name, start + 1, is_raw, mapping, form)
        return end + 1

    def _mapping(self, start: int, name: str, option: str) -> dict[str, str]:
        mapping: dict[str, str] = {}
        for pair in _split(option, ","):
            value, *replacement = _split(pair, "=")
            value = _plain(value)
            if len(replacement) != 1:
                message = f"in {{{name}:…}} write value=replacement, separated by commas."
                self._refuse(start, message)
            elif value in mapping:
                self._refuse(start, f"in {{{name}:…}} “{value[:40]}” is mapped twice. Remove one.")
            else:
                mapping[value] = _plain(replacement[0])
        return mapping

    def _refuse(self, position: int, message: str) -> None:
        self.faults.append(Fault(position + 1, message))


def _closing(text: str, position: int) -> int:
    """Where the macro ends: at the next brace that no backslash precedes; -1 without one."""
    while position < len(text):
        if text[position] == "\\":
            position += 2
        elif text[position] == "}":
            return position
        elif text[position] == "{":
            return -1
        else:
            position += 1
    return -1


def _is_mapping(option: str) -> bool:
    return len(_split(option, "=")) > 1


def _split(option: str, separator: str) -> list[str]:
    """Split where the separator stands without a backslash; backslashes stay."""
    parts = [""]
    for token in _OPTION_TOKEN.finditer(option):
        if token[0] == separator:
            parts.append("")
        else:
            parts[-1] += token[0]
    return parts


def _plain(option: str) -> str:
    """Without the backslashes."""
    return _OPTION_TOKEN.sub(lambda token: token[1] or token[2], option)
