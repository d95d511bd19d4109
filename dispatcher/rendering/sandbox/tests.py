"""What can stand after `is` in a template."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from .faults import TemplateFault
from .missing import Missing
from .registry import template_test
from .values import text


def _number(value: Any) -> Any:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return value
    if isinstance(value, Missing):
        value.report()
        return 0
    raise TemplateFault(f"`{text(value)[:50]}` is not a number; see `| int`.")


def _divisible(value: Any, divisor: Any) -> bool:
    if _number(divisor) == 0:
        raise TemplateFault("Nothing is divisible by 0.")
    return bool(_number(value) % divisor == 0)


_SIMPLE: dict[str, tuple[str, Callable[..., bool]]] = {
    "defined": ("the field is there, even if null", lambda v: not isinstance(v, Missing)),
    "undefined": ("the field is missing", lambda v: isinstance(v, Missing)),
    "none": ("null", lambda v: v is None),
    "boolean": ("true or false", lambda v: isinstance(v, bool)),
    "true": ("true", lambda v: v is True),
    "false": ("false", lambda v: v is False),
    "integer": ("a whole number", lambda v: isinstance(v, int) and not isinstance(v, bool)),
    "float": ("a number with decimals", lambda v: isinstance(v, float)),
    "number": ("a number", lambda v: isinstance(v, (int, float)) and not isinstance(v, bool)),
    "string": ("text", lambda v: isinstance(v, str)),
    "mapping": ("an object", lambda v: isinstance(v, dict)),
    "sequence": ("a list or text", lambda v: isinstance(v, (list, tuple, str, dict, range))),
    "iterable": ("can be looped over", lambda v: isinstance(v, (list, tuple, str, dict, range))),
    "odd": ("an odd number", lambda v: _number(v) % 2 == 1),
    "even": ("an even number", lambda v: _number(v) % 2 == 0),
    "divisibleby": ("divisible by a number", _divisible),
    "lower": ("in small letters", lambda v: text(v).islower()),
    "upper": ("in capital letters", lambda v: text(v).isupper()),
    "in": ("one of a list", lambda v, values: v in (values if values is not None else ())),
    "sameas": ("the same value", lambda v, other: type(v) is type(other) and bool(v == other)),
}
_COMPARISONS: dict[str, tuple[str, Callable[..., Any]]] = {
    "eq": ("equal", operator.eq),
    "==": ("equal", operator.eq),
    "equalto": ("equal", operator.eq),
    "ne": ("not equal", operator.ne),
    "!=": ("not equal", operator.ne),
    "lt": ("less", operator.lt),
    "<": ("less", operator.lt),
    "lessthan": ("less", operator.lt),
    "le": ("less or equal", operator.le),
    "<=": ("less or equal", operator.le),
    "gt": ("greater", operator.gt),
    ">": ("greater", operator.gt),
    "greaterthan": ("greater", operator.gt),
    "ge": ("greater or equal", operator.ge),
    ">=": ("greater or equal", operator.ge),
}

_ARGUMENTS = {
    "divisibleby": "(3)",
    "in": ' (["paid", "shipped"])',
    "sameas": "(true)",
} | dict.fromkeys(_COMPARISONS, "(3)")

for _name, (_summary, _test) in {**_SIMPLE, **_COMPARISONS}.items():
    _example = f"{{% if value is {_name}{_ARGUMENTS.get(_name, '')} %}}"
    template_test(_name, _summary, _example)(_test)
