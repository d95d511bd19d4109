"""`+ - * / // % ** ~`, bounded, and with amounts of money that stay exact."""

from __future__ import annotations

import operator
from collections.abc import Callable
from decimal import Context, Decimal, DecimalException
from typing import Any

from .faults import BudgetFault, TemplateFault
from .formatting import percent
from .limits import MAX_INTEGER_BITS, MAX_ITERATIONS
from .missing import Missing
from .state import state
from .values import Number, Safe, text

_EXACT = Context(prec=40, Emax=999, Emin=-999)
_DECIMAL: dict[str, Callable[[Decimal, Decimal], Decimal]] = {
    "+": _EXACT.add,
    "-": _EXACT.subtract,
    "*": _EXACT.multiply,
}
_PLAIN: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
    "%": operator.mod,
    "**": operator.pow,
}
OPERATORS = frozenset(_PLAIN)


def calculate(sign: str, left: Any, right: Any) -> Any:
    """`left sign right` in a template."""
    if isinstance(left, Missing) or isinstance(right, Missing):
        left, right = _without_missing(left, right)
    if _is_number(left) and _is_number(right):
        return _numbers(sign, left, right)
    if sign == "+":
        return _add(left, right)
    if sign == "*":
        return _repeat(left, right)
    if sign == "%" and isinstance(left, str):
        return percent(text(left), right)
    raise TemplateFault(f"`{sign}` needs numbers on both sides{_hint(left, right)}.")


def _without_missing(left: Any, right: Any) -> tuple[Any, Any]:
    """A missing field is empty text beside text; with numbers it would falsify a sum."""
    for one, other in ((left, right), (right, left)):
        if isinstance(one, Missing) and not isinstance(other, (str, Missing)):
            raise TemplateFault(
                one.message() + " It cannot be calculated with.",
                line=one.place.line,
                column=one.place.column,
            )
    return tuple("" if isinstance(v, Missing) and str(v) == "" else v for v in (left, right))  # type: ignore[return-value]


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _hint(left: Any, right: Any) -> str:
    if isinstance(left, str) or isinstance(right, str):
        return "; turn text into a number with `| float`, or join texts with `~`"
    return "; one of them is null, true/false, a list or an object"


def _numbers(sign: str, left: Any, right: Any) -> Any:
    if isinstance(left, float) or isinstance(right, float):
        exact = _DECIMAL.get(sign)
        return _exactly(exact, left, right) if exact else _PLAIN[sign](left, right)
    if sign == "**":
        _check_power(left, right)
    elif sign == "*" and left.bit_length() + right.bit_length() > MAX_INTEGER_BITS:
        raise BudgetFault("A calculation gave a number that is too large.")
    return _PLAIN[sign](left, right)


def _exactly(function: Callable[[Decimal, Decimal], Decimal], left: Any, right: Any) -> Number:
    """Decimal arithmetic, so that 0.1 + 0.2 is 0.3 in an invoice."""
    try:
        result = function(Decimal(text(left)), Decimal(text(right)))
    except DecimalException:
        raise TemplateFault("A calculation gave a number that is too large.") from None
    plain = format(result, "f") if -30 < result.adjusted() < 30 else str(float(result))
    return Number(plain)


def _check_power(base: int, exponent: int) -> None:
    if exponent > MAX_INTEGER_BITS or base.bit_length() * max(exponent, 0) > MAX_INTEGER_BITS:
        raise BudgetFault("A calculation gave a number that is too large.")


def _add(left: Any, right: Any) -> Any:
    if isinstance(left, str) and isinstance(right, str):
        return concatenate((left, right))
    if isinstance(left, (list, tuple)) and isinstance(right, (list, tuple)):
        state.charge_iterations(len(left) + len(right))
        return [*left, *right]
    if isinstance(left, str) or isinstance(right, str):
        raise TemplateFault("`+` cannot join a text and something else; use `~` to join them.")
    raise TemplateFault(f"`+` needs two numbers, two texts or two lists{_hint(left, right)}.")


def _repeat(left: Any, right: Any) -> Any:
    body, times = (right, left) if isinstance(left, int) else (left, right)
    if type(times) is not int or not isinstance(body, (str, list, tuple)):
        raise TemplateFault(f"`*` needs numbers on both sides{_hint(left, right)}.")
    size = len(body) * max(times, 0)
    if isinstance(body, str):
        state.charge_text(size)
        return (
            state.mark_safe(str.__str__(body) * times) if isinstance(body, Safe) else body * times
        )
    if size > MAX_ITERATIONS:
        raise BudgetFault("A list grew too long.")
    state.charge_iterations(size)
    return list(body) * times


def concatenate(parts: Any) -> Any:
    """`a ~ b ~ c`, and texts with `+`."""
    if any(isinstance(part, Safe) for part in parts):
        pieces = [state.escape(part) for part in parts]
        state.charge_text(sum(map(len, pieces)))
        return state.mark_safe("".join(pieces))
    pieces = [text(part) for part in parts]
    state.charge_text(sum(map(len, pieces)))
    return "".join(pieces)


def negate(sign: str, value: Any) -> Any:
    """`-value` and `+value`."""
    if not _is_number(value):
        raise TemplateFault(f"`{sign}` needs a number.")
    if isinstance(value, Number):
        return _exactly(_EXACT.subtract, 0, value) if sign == "-" else value
    return -value if sign == "-" else value
