"""Functions that templates call and only the application can answer, such as `lookups()`."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


class RenderError(Exception):
    """A registered function cannot answer; the message is shown as an error of the template."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A JSON value, with a warning for the author of the template if there is one."""

    value: Any
    warning: str = ""


Resolver = Callable[[str, list[Any], dict[str, Any]], Any]

_resolvers: dict[str, Resolver] = {}
_descriptions: dict[str, tuple[str, str]] = {}


def register_function(
    name: str, resolver: Resolver, *, summary: str = "", example: str = ""
) -> None:
    """Let templates call `name(…)`; call this at start, from an AppConfig's `ready`.

    `resolver(owner, args, kwargs)` is given the job's owner and JSON values, and returns a JSON
    value or an `Answer`. It may raise RenderError. The same question within one render is asked
    once, so it must not matter how often it is asked. It runs in the thread that renders.
    `summary` and `example` are what the editor's completion shows.
    """
    if not name.isidentifier():
        message = f"{name!r} is not a name that a template could call"
        raise ValueError(message)
    _resolvers[name] = resolver
    _descriptions[name] = (
        summary or "answered by the application",
        example or f"{{{{ {name}(…) }}}}",
    )


def registered_names() -> list[str]:
    """The names that templates can call."""
    return list(_resolvers)


def description(name: str) -> tuple[str, str]:
    """Summary and example of a registered function."""
    return _descriptions[name]


def answer(owner: str, question: bytes) -> bytes:
    """The answer to a question of the rendering process, as JSON.

    Raises what the resolver raises, other than RenderError.
    """
    name, arguments, named = json.loads(question)
    try:
        found = _resolvers[str(name)](owner, list(arguments), dict(named))
    except RenderError as error:
        return json.dumps({"error": str(error)}).encode()
    if not isinstance(found, Answer):
        found = Answer(found)
    return json.dumps({"value": found.value, "warning": found.warning}).encode()
