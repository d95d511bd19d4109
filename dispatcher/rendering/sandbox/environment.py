"""The Jinja environment of each format."""

from __future__ import annotations

from functools import cache
from typing import Any

from jinja2.sandbox import ImmutableSandboxedEnvironment

from .access import attribute, subscript
from .escaping import escape_function, safe_class
from .missing import Missing
from .operators import OPERATORS, calculate, negate
from .problems import Place
from .registry import by_name
from .runtime import Function, call, join_pieces


class Environment(ImmutableSandboxedEnvironment):
    """Jinja's sandbox, with every way to a value or a function replaced by a short list of ours."""

    intercepted_binops = OPERATORS
    intercepted_unops = frozenset("+-")
    concat = staticmethod(join_pieces)

    def __init__(self, format_name: str) -> None:
        super().__init__(autoescape=True, optimized=False, cache_size=0)
        self.format = format_name
        self.mark_safe = safe_class(format_name)
        self.escape = escape_function(format_name)
        self.filters = by_name("filter")
        self.tests = by_name("test")
        self.globals = {
            name: Function(name, function) for name, function in by_name("function").items()
        }

    def _undefined(self, hint: Any = None, obj: Any = None, name: Any = None) -> Missing:
        """What Jinja itself finds missing, such as an argument a macro was not given."""
        return Missing(Place(None, None, str(name or hint or "this")), {}, name)

    undefined: Any = _undefined

    def getattr(self, obj: Any, attribute_name: str) -> Any:
        return attribute(obj, attribute_name, Place(None, None, attribute_name))

    def getitem(self, obj: Any, argument: Any) -> Any:
        return subscript(obj, argument, Place(None, None, str(argument)))

    def call(self, _context: Any, value: Any, /, *args: Any, **kwargs: Any) -> Any:
        return call(value, args, kwargs)

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        return calculate(operator, left, right)

    def call_unop(self, context: Any, operator: str, arg: Any) -> Any:
        return negate(operator, arg)


@cache
def environment(format_name: str) -> Environment:
    """The one environment of this format."""
    return Environment(format_name)
