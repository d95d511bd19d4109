"""The methods a text has in a template, such as `name.upper()` and `code.split("-")`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .faults import TemplateFault
from .formatting import as_width, braces
from .state import state
from .values import Safe, text


def _simple(method: Callable[..., Any]) -> Callable[..., Any]:
    """A method whose result is no longer than its text."""

    def call(value: Any, *arguments: Any) -> Any:
        plain = text(value)
        state.charge_text(len(plain))
        return method(plain, *(text(a) if isinstance(a, str) else a for a in arguments))

    return call


def _trimming(method: Callable[..., str]) -> Callable[..., Any]:
    """Captured blocks stay what they are when only their ends are cut."""

    def call(value: Any, characters: Any = None) -> Any:
        cut = None if characters is None else text(characters)
        result = method(str.__str__(value) if isinstance(value, str) else text(value), cut)
        return state.mark_safe(result) if isinstance(value, Safe) else result

    return call


def replaced(value: Any, old: Any, new: Any, count: int = -1) -> Any:
    """Text with `old` replaced, its growth bounded."""
    safe = isinstance(value, Safe)
    show = state.escape if safe else text
    haystack, needle, patch = (str.__str__(value) if safe else text(value)), show(old), show(new)
    found = haystack.count(needle)
    if isinstance(count, int) and count >= 0:
        found = min(found, count)
    state.charge_text(len(haystack) + found * max(0, len(patch) - len(needle)))
    result = haystack.replace(needle, patch, found)
    return state.mark_safe(result) if safe else result


def joined(separator: Any, values: Any) -> Any:
    """Texts in one, with a separator."""
    items = values_of(values)
    if isinstance(separator, Safe) or any(isinstance(item, Safe) for item in items):
        pieces, between, mark = [state.escape(i) for i in items], state.escape(separator), True
    else:
        pieces, between, mark = [text(i) for i in items], text(separator), False
    state.charge_text(sum(map(len, pieces)) + len(between) * max(0, len(pieces) - 1))
    result = between.join(pieces)
    return state.mark_safe(result) if mark else result


def values_of(value: Any) -> list[Any]:
    """What a filter over a list works on: null and missing are no items; each is counted."""
    if value is None:
        return []
    if isinstance(value, (bool, int, float)):
        raise TemplateFault("A list is needed here, not a number or true/false.")
    try:
        size = len(value)
    except TypeError:
        raise TemplateFault("A list is needed here.") from None
    state.charge_iterations(size)
    return list(value)


def _padding(method: Callable[..., str]) -> Callable[..., Any]:
    def call(value: Any, width: Any, fill: Any = " ") -> str:
        return method(text(value), as_width(width), text(fill))

    return call


def zero_filled(value: Any, width: Any) -> str:
    """Digits with zeros in front."""
    return text(value).zfill(as_width(width))


def pieces_of(value: Any, separator: Any = None, limit: int = -1) -> list[str]:
    """Text cut at each separator, or at white space."""
    plain = text(value)
    state.charge_iterations(len(plain) // 8 + 1)
    return plain.split(None if separator is None else text(separator), limit)


_LIKE_PYTHON = (
    "upper lower title capitalize casefold swapcase startswith endswith find rfind index count "
    "isdigit isalpha isalnum isdecimal isnumeric isupper islower isspace istitle "
    "removeprefix removesuffix partition rpartition splitlines"
)
TEXT_METHODS: dict[str, Callable[..., Any]] = {
    **{name: _simple(getattr(str, name)) for name in _LIKE_PYTHON.split()},
    "strip": _trimming(str.strip),
    "lstrip": _trimming(str.lstrip),
    "rstrip": _trimming(str.rstrip),
    "ljust": _padding(str.ljust),
    "rjust": _padding(str.rjust),
    "center": _padding(str.center),
    "zfill": zero_filled,
    "replace": replaced,
    "join": joined,
    "split": pieces_of,
    "format": lambda value, *arguments, **named: braces(text(value), arguments, named),
}
