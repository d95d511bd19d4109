"""What compiled templates run on, in place of `jinja2.runtime`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from jinja2.runtime import LoopContext
from jinja2.runtime import Macro as JinjaMacro

from .faults import BudgetFault, TemplateFault
from .limits import MAX_DEPTH
from .missing import Missing
from .problems import Place
from .state import state


class Function:
    """Something a template may call: a function of ours, perhaps bound to a value."""

    __slots__ = ("_bound", "_function", "name")

    def __init__(self, name: str, function: Callable[..., Any], *bound: Any) -> None:
        self.name = name
        self._function = function
        self._bound = bound

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        return self._function(*self._bound, *arguments, **named)


class Namespace:
    """`namespace()`: values that can be set from inside a loop."""

    __slots__ = ("_values",)

    def __init__(self, **values: Any) -> None:
        self._values = values

    def __setitem__(self, name: str, value: Any) -> None:
        self._values[name] = value

    def get(self, name: str, place: Place) -> Any:
        """The value set under this name."""
        return self._values[name] if name in self._values else Missing(place, self._values, name)


class Loop(LoopContext):
    """`loop` inside a for; `loop(children)` in a recursive one is bounded like any loop."""

    def __call__(self, iterable: Iterable[Any]) -> Any:
        return super().__call__(iterate(iterable, Place(None, None, "loop(…)")))


class Macro(JinjaMacro):
    """A macro whose result is already in the template's format."""

    def _invoke(self, arguments: list[Any], autoescape: bool) -> Any:  # noqa: FBT001 - Jinja's
        return state.mark_safe(self._func(*arguments))


class deep:  # noqa: N801 - reads as a statement
    """`with deep():` one level further down, up to a bound."""

    __slots__ = ()

    def __enter__(self) -> None:
        state.depth += 1
        if state.depth > MAX_DEPTH:
            raise BudgetFault(f"Macros call each other more than {MAX_DEPTH} levels deep.")

    def __exit__(self, *_: object) -> None:
        state.depth -= 1


def call(value: Any, arguments: tuple[Any, ...], named: dict[str, Any]) -> Any:
    """`value(…)` in a template."""
    state.charge_call()
    named.pop("_loop_vars", None)
    named.pop("_block_vars", None)
    if isinstance(value, (Macro, Loop)):
        with deep():
            return value(*arguments, **named)
    if isinstance(value, Function):
        return value(*arguments, **named)
    if isinstance(value, Missing):
        near = value.suggestion()
        hint = f"; did you mean `{near}`?" if near else "."
        raise TemplateFault(f"`{value.place.path}` is not a function{hint}", line=value.place.line)
    raise TemplateFault("Only functions and macros can be called; this is a value of the payload.")


def iterate(value: Any, place: Place) -> Any:
    """What a `for` runs over. The rounds are paid in advance: every loop knows its length."""
    if value is None:
        return ()
    if isinstance(value, (list, dict, tuple, range, str, Missing)):
        state.charge_iterations(len(value))
        return value
    raise TemplateFault(
        f"`{place.path}` is not a list, so a loop cannot run over it.",
        line=place.line,
        column=place.column,
    )


def join_pieces(pieces: Iterable[str]) -> str:
    """What a macro, set block or filter block produced."""
    parts = list(pieces)
    state.charge_text(sum(map(len, parts)))
    return "".join(parts)


def no_else(_message: str) -> None:
    """The value of `a if b` without else, when b is false: null."""
