"""Where a value stands in the text of a JSON document."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

_decoder = json.JSONDecoder(parse_int=str, parse_float=str)
_space = re.compile(r"[ \t\n\r]*").match


def locate(text: str, path: Iterable[str | int]) -> tuple[int | None, int | None]:
    """Line and column, from 1, of the value that these keys and indexes lead to.

    Of the nearest value above it, where the text has none of them.
    """
    position = _skip(text, 0)
    try:
        for step in path:
            found = _step(text, position, step)
            if found is None:
                break
            position = found
    except (ValueError, IndexError, RecursionError):
        return None, None
    return text.count("\n", 0, position) + 1, position - text.rfind("\n", 0, position)


def _step(text: str, position: int, step: str | int) -> int | None:
    """Where the member or item of the value at this position begins."""
    is_object = text[position] == "{"
    if text[position] not in "{[":
        return None
    found = None
    number = 0
    position = _skip(text, position + 1)
    while text[position] not in "}]":
        name: str | int = number
        if is_object:
            name, end = _decoder.raw_decode(text, position)
            position = _skip(text, _skip(text, end) + 1)  # behind the colon
        if name == step:
            found = position  # of a name that is there twice the last counts, as for the parser
            if not is_object:
                break
        position = _skip(text, _decoder.raw_decode(text, position)[1])
        if text[position] == ",":
            position = _skip(text, position + 1)
        number += 1
    return found


def _skip(text: str, position: int) -> int:
    found = _space(text, position)
    return found.end() if found else position
