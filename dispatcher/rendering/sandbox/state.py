"""The render at work: its budgets and what it has reported.

The process renders one template at a time, so there is exactly one of these.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from . import limits
from .faults import BudgetFault
from .problems import Place, Problem

TEMPLATE = "<template>"  # the file name of compiled templates


class State:
    """Budgets that count down, warnings that add up."""

    __slots__ = (
        "calls",
        "depth",
        "escape",
        "format",
        "iterations",
        "mark_safe",
        "parent_answers",
        "payload",
        "strict",
        "template_line",
        "text",
        "warned",
        "warnings",
    )

    def __init__(self) -> None:
        self.begin(payload={}, strict=False)
        self.template_line: Callable[[int], int | None] = lambda _: None
        self.format = "text"
        self.escape: Any = str
        self.mark_safe: Any = str

    def begin(self, *, payload: Any, strict: bool) -> None:
        """Full budgets for a fresh render of `payload`."""
        self.payload = payload
        self.strict = strict
        self.iterations = limits.MAX_ITERATIONS
        self.calls = limits.MAX_CALLS
        self.text = limits.MAX_TEXT_TOTAL
        self.depth = 0
        self.parent_answers: dict[str, Any] = {}
        self.warnings: list[Problem] = []
        self.warned: set[tuple[str, int | None]] = set()

    def charge_iterations(self, count: int) -> None:
        """Count loop rounds, also those inside filters over lists."""
        self.iterations -= count
        if self.iterations < 0:
            raise BudgetFault(f"The template loops more than {limits.MAX_ITERATIONS:,} times.")

    def charge_call(self) -> None:
        """Count a call of a macro, function or method."""
        self.calls -= 1
        if self.calls < 0:
            raise BudgetFault(f"The template makes more than {limits.MAX_CALLS:,} calls.")

    def charge_text(self, length: int) -> None:
        """Count characters about to be produced; call it before they are."""
        if length > limits.MAX_TEXT:
            raise BudgetFault(f"A text grew over {limits.MAX_TEXT:,} characters.")
        self.text -= length
        if self.text < 0:
            raise BudgetFault("The template produces too much text on the way to its output.")

    def line_here(self) -> int | None:
        """The template's line that is being rendered."""
        frame = sys._getframe(1)  # noqa: SLF001 - the documented way to see one's callers
        while frame is not None and frame.f_code.co_filename != TEMPLATE:
            frame = frame.f_back  # type: ignore[assignment]
        return self.template_line(frame.f_lineno) if frame is not None else None

    def warn(self, message: str, place: Place | None = None, *, where: str = "template") -> None:
        """Report something that does not stop the render, once per message and line."""
        line = place.line if place else self.line_here()
        column = place.column if place else None
        mark = (message, line)
        if mark in self.warned or len(self.warnings) >= limits.MAX_WARNINGS:
            return
        self.warned.add(mark)
        self.warnings.append(Problem(line, column, message, where, place.path if place else ""))


state = State()
