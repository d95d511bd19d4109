"""Filters over numbers. Amounts are calculated exactly, halves rounded up as in trade."""

from __future__ import annotations

import math
from decimal import (
    ROUND_CEILING,
    ROUND_FLOOR,
    ROUND_HALF_UP,
    Context,
    Decimal,
    DecimalException,
)
from typing import Any

from .access import pick
from .faults import TemplateFault
from .formatting import as_width
from .methods import values_of
from .missing import Missing
from .operators import calculate
from .registry import template_filter
from .values import Number, text

_ROUNDING = {"common": ROUND_HALF_UP, "ceil": ROUND_CEILING, "floor": ROUND_FLOOR}
_MOST_DIGITS = 30


def decimal_of(value: Any) -> Decimal:
    """The exact number that a value or its text stands for."""
    try:
        found = Decimal(text(value).strip()) if not isinstance(value, bool) else None
    except DecimalException:
        found = None
    if found is None or not found.is_finite() or abs(found.adjusted()) > _MOST_DIGITS:
        raise TemplateFault(f"`{text(value)[:50]}` is not a number that can be calculated with.")
    return found


def _rounded(value: Any, precision: Any, method: str) -> Decimal:
    if method not in _ROUNDING:
        raise TemplateFault("`round` knows the methods common, ceil and floor.")
    digits = as_width(precision, _MOST_DIGITS)
    exact = decimal_of(value)
    step = Decimal(1).scaleb(-digits)
    return exact.quantize(step, _ROUNDING[method], Context(prec=2 * _MOST_DIGITS + 10))


@template_filter("round", "rounded, to so many decimals", "{{ 2.5 | round }} → 3")
def round_(value: Any, precision: Any = 0, method: str = "common") -> Any:
    """A number; the methods are common, ceil and floor."""
    if isinstance(value, Missing):
        return value
    result = _rounded(value, precision, method)
    return int(result) if not precision else Number(format(result, "f"))


@template_filter("fixed", "always so many decimals", "{{ 3 | fixed(2) }} → 3.00")
def fixed(value: Any, decimals: Any = 2) -> Any:
    """A number with exactly these decimals; nothing for null and missing."""
    if value is None or isinstance(value, Missing):
        return text(value)
    return Number(format(_rounded(value, decimals, "common"), "f"))


@template_filter("money", "an amount for people", '{{ 1234.5 | money("EUR") }} → 1,234.50 EUR')
def money(
    value: Any, currency: Any = "", decimals: Any = 2, point: str = ".", thousands: str = ","
) -> str:
    """Text with separators, and the currency behind it if given."""
    if value is None or isinstance(value, Missing):
        return text(value)
    plain = format(_rounded(value, decimals, "common"), ",f")
    plain = plain.replace(",", "\0").replace(".", text(point)).replace("\0", text(thousands))
    return f"{plain} {text(currency)}".rstrip()


@template_filter("int", "a whole number, from text too", '{{ "12" | int }} → 12')
def int_(value: Any, default: Any = 0) -> Any:
    """Decimals are cut off; `default` for what is not a number."""
    if isinstance(value, int):
        return int(value)
    try:
        return int(decimal_of(value))
    except TemplateFault:
        if isinstance(value, str) and value.strip().lstrip("-").isdecimal():
            return _long(value)
        return default


def _long(value: str) -> int:
    if len(value) > 300:
        raise TemplateFault("The number is too long.")
    return int(value)


@template_filter("float", "a number, from text too", '{{ "1.50" | float }} → 1.5')
def float_(value: Any, default: Any = 0.0) -> Any:
    """`default` for what is not a number; numbers keep their decimals."""
    if isinstance(value, float):
        return value
    try:
        found = float(text(value))
    except ValueError:
        return default
    return found if math.isfinite(found) else default


@template_filter("abs", "without its sign", "{{ -5 | abs }} → 5")
def abs_(value: Any) -> Any:
    """A number."""
    if isinstance(value, Number):
        return Number(value.text.removeprefix("-"))
    if isinstance(value, (int, float)):
        return abs(value)
    return Number(format(abs(decimal_of(value)), "f"))


@template_filter("sum", "all added up", '{{ items | sum(attribute="quantity") }}')
def sum_(value: Any, attribute: Any = None, start: Any = 0) -> Any:
    """Of the items, or of one of their fields; null counts as 0."""
    total = start
    for item in values_of(value):
        found = item if attribute is None else pick(item, attribute)
        total = total if found is None else calculate("+", total, found)
    return total


@template_filter("filesizeformat", "a number of bytes for people", "{{ 2000 | filesizeformat }}")
def filesizeformat(value: Any) -> str:
    """1 kB is 1000 bytes."""
    size = float(decimal_of(value))
    for unit in ("Bytes", "kB", "MB", "GB"):
        if abs(size) < 1000:
            return f"{size:.0f} {unit}" if unit == "Bytes" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"
