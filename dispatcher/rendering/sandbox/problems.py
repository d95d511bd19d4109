"""Where something is, and what is wrong there."""

from __future__ import annotations

from typing import NamedTuple


class Place(NamedTuple):
    """An expression in a template: `item.fulfillments` in line 3."""

    line: int | None
    column: int | None
    path: str


class Problem(NamedTuple):
    """An error or warning; line and column count from 1, None where they are not known."""

    line: int | None
    column: int | None
    message: str
    where: str = "template"
    path: str = ""
