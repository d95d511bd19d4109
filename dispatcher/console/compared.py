"""Two texts line by line, for pages that show what a change changed."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_KINDS = {"+": "added", "-": "removed"}


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a comparison: kind is "same", "added" or "removed"."""

    kind: str
    mark: str
    text: str


def compared(old: Sequence[str], new: Sequence[str]) -> Iterator[Line]:
    """The lines of both, in order, each with what became of it."""
    for line in difflib.ndiff(old, new):
        mark, text = line[:1], line[2:]
        if mark != "?":
            yield Line(_KINDS.get(mark, "same"), mark.strip(), text)
