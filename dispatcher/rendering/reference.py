"""What templates can use, listed: for the documentation and the editor's completion."""

from __future__ import annotations

from dataclasses import dataclass

from .application import description, registered_names
from .sandbox.registry import entries


@dataclass(frozen=True, slots=True)
class Helper:
    """A filter, test or function: `kind` is one of these words."""

    kind: str
    name: str
    summary: str
    example: str


def helpers() -> list[Helper]:
    """Everything built in, then the functions that the application registered."""
    registered = [Helper("function", name, *description(name)) for name in registered_names()]
    return _built_in() + registered


def as_markdown() -> str:
    """Tables of what is built in, one for each kind; docs/template-helpers.md holds them."""
    return "\n\n".join(_table(kind) for kind in ("filter", "function", "test")) + "\n"


def _built_in() -> list[Helper]:
    """Without the tests that are operators, such as `==`: they are written without `is`."""
    named = (entry for entry in entries() if entry.name.isidentifier())
    return [Helper(e.kind, e.name, e.summary, e.example) for e in named]


def _table(kind: str) -> str:
    rows = [f"| {kind} | gives | example |", "| --- | --- | --- |"]
    for helper in _built_in():
        if helper.kind == kind:
            cells = (f"`{helper.name}`", helper.summary, f"`{helper.example}`")
            rows.append(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |")
    return "\n".join(rows)
