"""Functions of templates, and the way to those that only the application can answer."""

from __future__ import annotations

import json
import uuid as uuid_module
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

from .faults import BudgetFault, TemplateFault
from .limits import MAX_ITERATIONS, MAX_PARENT_CALLS
from .registry import template_function
from .runtime import Function, Namespace
from .state import state
from .values import dumps, parse_payload

Ask = Callable[[bytes], bytes]


@template_function("now", "this moment, in UTC", '{{ now() | date("%Y-%m-%d") }}')
def now() -> datetime:
    """To the second, as timestamps in documents usually are."""
    return datetime.now(UTC).replace(microsecond=0)


@template_function("uuid", "a new random UUID", "{{ uuid() }}")
def uuid() -> str:
    """Version 4."""
    return str(uuid_module.uuid4())


@template_function("range", "whole numbers to count with", "{% for n in range(1, 4) %}")
def range_(*bounds: Any) -> range:
    """Up to a bounded number of them."""
    try:
        numbers = range(*bounds)
        size = len(numbers)
    except (TypeError, ValueError, OverflowError):
        raise TemplateFault("`range` needs one to three whole numbers that fit.") from None
    if size > MAX_ITERATIONS:
        raise BudgetFault(f"`range` gives {MAX_ITERATIONS:,} numbers at most.")
    return numbers


@template_function("dict", "an object made on the spot", "{{ dict(a=1) | tojson }}")
def dict_(**values: Any) -> dict[str, Any]:
    """Of the named values."""
    return values


@template_function("namespace", "values to set inside a loop", "{% set ns = namespace(n=0) %}")
def namespace(**values: Any) -> Namespace:
    """`{% set ns.n = ns.n + 1 %}` is then seen after the loop."""
    return Namespace(**values)


@template_function("joiner", "a separator from the second call on", '{% set c = joiner(", ") %}')
def joiner(separator: Any = ", ") -> Function:
    """Empty the first time it is called."""
    calls: list[None] = []

    def next_one() -> Any:
        calls.append(None)
        return separator if len(calls) > 1 else ""

    return Function("joiner", next_one)


def application_functions(names: list[str], ask: Ask) -> dict[str, Function]:
    """Functions that the application registered; `ask` sends a question and waits."""
    return {name: Function(name, partial(_ask_application, ask, name)) for name in names}


def _ask_application(ask: Ask, name: str, *arguments: Any, **named: Any) -> Any:
    question = f'["{name}", {dumps(list(arguments))}, {dumps(named)}]'
    if question not in state.parent_answers:
        if len(state.parent_answers) >= MAX_PARENT_CALLS:
            raise BudgetFault(f"The template calls `{name}` more than {MAX_PARENT_CALLS:,} times.")
        state.parent_answers[question] = parse_payload(ask(_utf8(question)).decode())
    answer = state.parent_answers[question]
    if "error" in answer:
        raise TemplateFault(answer["error"])
    if answer.get("warning"):
        state.warn(answer["warning"])
    return answer["value"]


def _utf8(question: str) -> bytes:
    try:
        return question.encode()
    except UnicodeEncodeError:
        return json.dumps(json.loads(question)).encode()
