"""How a receiver verifies the signature, in five languages, and a request as a command."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from dispatcher.models import Request

LANGUAGES = {
    "python": "Python",
    "javascript": "JavaScript (Node)",
    "php": "PHP",
    "ruby": "Ruby",
    "go": "Go",
}


@dataclass(frozen=True, slots=True)
class Snippet:
    """Code to copy; `name` names its language."""

    name: str
    label: str
    code: str


@cache
def verifying() -> tuple[Snippet, ...]:
    """Code that verifies a Standard Webhooks signature with nothing but standard libraries."""
    folder = Path(__file__).parent
    return tuple(
        Snippet(name, label, (folder / f"{name}.txt").read_text(encoding="utf-8"))
        for name, label in LANGUAGES.items()
    )


def as_curl(request: Request, uid: str, headers: Iterable[tuple[str, str]]) -> str:
    """The frozen request as a curl command; what is added at sending is left out."""
    parts = [f"curl -X {request.method} {shlex.quote(request.url)}"]
    named = [("webhook-id", uid), *headers]
    parts += [f"-H {shlex.quote(f'{name}: {value}')}" for name, value in named]
    if request.body:
        parts.append(f"--data-binary {shlex.quote(request.body)}")
    return " \\\n  ".join(parts)
