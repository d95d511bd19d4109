"""`%`, `.format()` and strftime, with widths bounded and nothing to climb through."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from string import Formatter
from typing import Any

from .faults import TemplateFault
from .limits import MAX_WIDTH
from .missing import Missing
from .state import state
from .values import Number, text

_PERCENT = re.compile(r"%(?:\([^()]*\))?[#0\- +]*(\d*)(?:\.(\d*))?([a-zA-Z%])")
_BRACES = re.compile(r"(?:.?[<>=^])?[ +\-]?#?0?(\d*)[,_]?(?:\.(\d*))?[bcdeEfFgGnosxX%]?", re.DOTALL)


def _check_widths(*widths: str | None) -> None:
    for width in widths:
        if width and (len(width) > 6 or int(width) > MAX_WIDTH):
            raise TemplateFault(f"A width of more than {MAX_WIDTH} is not allowed.")


def printable(value: Any) -> Any:
    """What `%s` and `{}` show for a value; plain numbers stay numbers for `%d` and `{:.2f}`."""
    if isinstance(value, Number):
        return value
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return value
    return text(value)


def percent(template: str, arguments: Any) -> str:
    """`"%s: %05.2f" % (a, b)`."""
    rest = _PERCENT.sub("", template)
    if "%" in rest:
        raise TemplateFault("The text has a `%` that is not a format such as %s or %d; write %%.")
    total = len(template)
    for match in _PERCENT.finditer(template):
        _check_widths(match[1], match[2])
        total += int(match[1] or 0) + int(match[2] or 0)
    values: Any
    if isinstance(arguments, Mapping):
        values = {key: printable(value) for key, value in arguments.items()}
        total += sum(len(str(value)) for value in values.values())
    else:
        several = arguments if isinstance(arguments, tuple) else (arguments,)
        values = tuple(printable(value) for value in several)
        total += sum(len(str(value)) for value in values)
    state.charge_text(total)
    return str(template % values)


def braces(template: str, arguments: tuple[Any, ...], named: Mapping[str, Any]) -> str:
    """`"{} {name:.2f}".format(…)`; a field is a name or number, never `a.b` or `a[b]`."""
    pieces: list[str] = []
    automatic = 0
    for literal, field, spec, conversion in Formatter().parse(template):
        pieces.append(literal)
        if field is None:
            continue
        if field == "":
            field, automatic = str(automatic), automatic + 1  # noqa: PLW2901 - numbers itself
        value = _field(field, arguments, named)
        pieces.append(_formatted(value, spec or "", conversion))
        state.charge_text(len(pieces[-1]))
    state.charge_text(sum(map(len, pieces)))
    return "".join(pieces)


def _field(field: str, arguments: tuple[Any, ...], named: Mapping[str, Any]) -> Any:
    if field.isdecimal() and len(field) < 4:
        if int(field) < len(arguments):
            return arguments[int(field)]
    elif field in named:
        return named[field]
    elif not field.isidentifier():
        raise TemplateFault(f"`{{{field[:50]}}}` is not a name or number that format can fill.")
    raise TemplateFault(f"format was given nothing for `{{{field[:50]}}}`.")


def _formatted(value: Any, spec: str, conversion: str | None) -> str:
    match = _BRACES.fullmatch(spec)
    if match is None or conversion not in (None, "s"):
        raise TemplateFault(f"`{spec[:50]}` is not a format that can be used here.")
    _check_widths(match[1], match[2])
    shown = text(value) if conversion or not spec else printable(value)
    if isinstance(shown, Number):
        shown = float(shown)
    return format(shown, spec)


def strftime(moment: datetime, pattern: str = "%Y-%m-%d") -> str:
    """The moment as the pattern says; `%Y` year, `%m` month, `%d` day, `%H:%M:%S` time."""
    pattern = text(pattern)
    if len(pattern) > 200 or re.search(r"%[^a-zA-Z%]|%[EO]", pattern):
        raise TemplateFault(
            "The date format may hold letters after % only, 200 characters at most."
        )
    return moment.strftime(pattern)


def as_width(value: Any, most: int = MAX_WIDTH) -> int:
    """A width or count given to a filter."""
    if isinstance(value, Missing):
        value.report()
        return 0
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value != value // 1:
        raise TemplateFault("A whole number is needed here.")
    if not 0 <= value <= most:
        raise TemplateFault(f"The number must be between 0 and {most:,}.")
    return int(value)
