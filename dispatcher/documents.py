"""JSON bodies: read strictly, with the text of each member as it was received.

An event's payload is passed on exactly as it came (`1.10` stays `1.10`, and an integer beyond 2^53
keeps its digits), so the text of a member is kept beside its value.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable
from typing import Any, NoReturn

MAX_DEPTH = 64

_scan_string: Callable[[str, int, bool], tuple[str, int]] = json.decoder.scanstring  # type: ignore[attr-defined]

_skip_space = re.compile(r"[ \t\n\r]*").match
# Escapes that may stand for what cannot be stored: NUL, and one half of a character.
_SUSPICIOUS = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")


class DocumentError(ValueError):
    """The document cannot be taken; `field` is the member that is to blame, "" for the whole."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


class Members(dict[str, Any]):
    """A JSON object's members; `text(name)` is the JSON text of one as it was received."""

    __slots__ = ("_source", "_spans", "source")

    def __init__(self) -> None:
        super().__init__()
        self._spans: dict[str, tuple[int, int]] = {}
        self._source = ""
        self.source = ""

    def text(self, name: str) -> str:
        """Raises KeyError for a member that is not there."""
        start, end = self._spans[name]
        return self._source[start:end]


def read(data: bytes) -> Any:
    """The value of a JSON document: `Members` for an object, and for each object of a list.

    Refuses (DocumentError) what JSON is not: invalid UTF-8, NaN and Infinity, a name that is there
    twice; what cannot be passed on: NUL, half a character, a number too large for any receiver;
    and nesting deeper than `MAX_DEPTH`. In a list, an item that is refused for another reason than
    its syntax is replaced by its DocumentError, so that it does not keep the others out.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        message = f"The body is not valid UTF-8 at byte {error.start}. Send JSON in UTF-8."
        raise DocumentError(message) from None
    reader = _Reader(text)
    value, end = reader.document()
    if end != len(text):
        reader.refuse_at(end, "something stands behind the end of the document")
    return value


def read_value(text: str) -> Any:
    """The value of this JSON text, by the same rules: what the API takes, pages take, and no more.

    Raises DocumentError; its `field` is the member that is to blame, where that is known.
    """
    reader = _Reader(text.removeprefix("\ufeff"))
    value, end = reader.value(reader.skip(0), "")
    end = reader.skip(end)
    if end != len(reader.text):
        reader.refuse_at(end, "something stands behind the end of the document")
    return value


class _Reader:
    """Reads outer brackets by hand, for the spans, and what is in them by the C scanner."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.is_suspicious = _SUSPICIOUS.search(text) is not None
        self.may_be_deep = text.count("[") + text.count("{") > MAX_DEPTH

    def document(self) -> tuple[Any, int]:
        start = self.skip(0)
        opening = self.text[start : start + 1]
        if not opening:
            raise DocumentError("The body is empty. Send a JSON document.")
        value: Any
        if opening == "{":
            value, end = self.members(start)
        elif opening == "[":
            value, end = self.items(start)
        else:
            value, end = self.value(start, "")
        return value, self.skip(end)

    def items(self, start: int) -> tuple[list[Any], int]:
        values: list[Any] = []
        position = self.skip(start + 1)
        if self.text[position : position + 1] == "]":
            return values, position + 1
        while True:
            prefix = f"[{len(values)}]"
            value, position = self.item(position, prefix)
            values.append(value)
            position, is_end = self.next(position, "]")
            if is_end:
                return values, position

    def item(self, start: int, prefix: str) -> tuple[Any, int]:
        """Its value; where it is JSON that cannot be taken, the DocumentError that says why."""
        try:
            if self.text[start : start + 1] == "{":
                return self.members(start)
            return self.value(start, "")
        except DocumentError as error:
            return error, self.end_of(start, prefix, error)

    def end_of(self, start: int, prefix: str, error: DocumentError) -> int:
        try:
            return _lenient.raw_decode(self.text, start)[1]
        except json.JSONDecodeError as wrong:
            self.refuse_at(wrong.pos, wrong.msg, prefix)
        except RecursionError:  # nobody can tell where it ends
            raise DocumentError(str(error), prefix) from None

    def members(self, start: int) -> tuple[Members, int]:
        found = Members()
        position = self.skip(start + 1)
        if self.text[position : position + 1] == "}":
            position += 1
        else:
            position = self._fill(found, position)
        found._source = self.text  # noqa: SLF001 - made here
        found.source = self.text[start:position]
        return found, position

    def _fill(self, found: Members, position: int) -> int:
        is_end = False
        while not is_end:
            name, position = self.name(position)
            if name in found:
                raise DocumentError("This name is there twice. Remove one.", name)
            value, end = self.value(position, name)
            found[name] = value
            found._spans[name] = (position, end)  # noqa: SLF001 - made here
            position, is_end = self.next(end, "}")
        return position

    def name(self, position: int) -> tuple[str, int]:
        if self.text[position : position + 1] != '"':
            self.refuse_at(position, "a name in double quotes should stand here")
        try:
            name, end = _scan_string(self.text, position + 1, True)  # noqa: FBT003 - strict
        except json.JSONDecodeError as error:
            self.refuse_at(error.pos, error.msg)
        _check_text(name, "")
        end = self.skip(end)
        if self.text[end : end + 1] != ":":
            self.refuse_at(end, "a colon should stand here")
        return name, self.skip(end + 1)

    def value(self, position: int, field: str) -> tuple[Any, int]:
        try:
            value, end = _decoder.raw_decode(self.text, position)
        except json.JSONDecodeError as error:
            self.refuse_at(error.pos, error.msg, field)
        except RecursionError:
            raise DocumentError(_TOO_DEEP, field) from None
        except ValueError as error:
            raise DocumentError(_in_our_words(error), field) from None
        if self.may_be_deep:
            _check_depth(value, field)
        if self.is_suspicious:
            _check_texts(value, field)
        return value, end

    def next(self, position: int, closing: str) -> tuple[int, bool]:
        """The position behind a comma or the closing bracket, and whether it was the latter."""
        position = self.skip(position)
        found = self.text[position : position + 1]
        if found == closing:
            return position + 1, True
        if found != ",":
            self.refuse_at(position, f"a comma or {closing} should stand here")
        return self.skip(position + 1), False

    def skip(self, position: int) -> int:
        found = _skip_space(self.text, position)
        return found.end() if found else position

    def refuse_at(self, position: int, reason: str, field: str = "") -> NoReturn:
        line = self.text.count("\n", 0, position) + 1
        column = position - self.text.rfind("\n", 0, position)
        message = f"This is not valid JSON: {reason} (line {line}, column {column})."
        raise DocumentError(message, field) from None


_TOO_DEEP = f"This is nested more than {MAX_DEPTH} levels deep. Make it flatter."
_UNSTORABLE = "This text holds a NUL or half a character, which cannot be stored. Remove it."


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        message = f"The name “{twice[:80]}” is there twice in one object. Remove one."
        raise ValueError(message)
    return values


def _finite(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise ValueError("A number here is too large for any receiver. Send it as text.")
    return value


def _refuse_constant(name: str) -> NoReturn:
    message = f"{name} is not a JSON value. Send null or text instead."
    raise ValueError(message)


_decoder = json.JSONDecoder(
    object_pairs_hook=_unique, parse_float=_finite, parse_constant=_refuse_constant
)
# Finds the end of an item that is refused: takes every number, however long.
_lenient = json.JSONDecoder(parse_int=len, parse_float=len, parse_constant=len)


def _in_our_words(error: ValueError) -> str:
    text = str(error)
    if "integer string conversion" in text:
        return "A number here has too many digits. Send it as text."
    return text


def _children(value: Any, path: str) -> Iterable[tuple[Any, str]]:
    if isinstance(value, dict):
        return ((child, f"{path}.{name}" if path else name) for name, child in value.items())
    if isinstance(value, list):
        return ((child, f"{path}[{number}]") for number, child in enumerate(value))
    return ()


def _check_depth(value: Any, field: str) -> None:
    """Level by level, so that the check itself needs no recursion."""
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [
            child
            for one in level
            if isinstance(one, dict | list)
            for child in (one.values() if isinstance(one, dict) else one)
        ]
        if not level:
            return
    if any(isinstance(one, dict | list) for one in level):
        raise DocumentError(_TOO_DEEP, field)


def _check_texts(value: Any, field: str) -> None:
    waiting = [(value, field)]
    while waiting:
        one, path = waiting.pop()
        if isinstance(one, str):
            _check_text(one, path)
        elif isinstance(one, dict):
            for name in one:
                _check_text(name, path)
        waiting.extend(_children(one, path))


def _check_text(text: str, field: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise DocumentError(_UNSTORABLE, field) from None
    if "\x00" in text:
        raise DocumentError(_UNSTORABLE, field)
