"""What goes into rendering and what comes out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Format = Literal["json", "xml", "html", "text", "url"]
FORMATS: tuple[Format, ...] = ("json", "xml", "html", "text", "url")
Where = Literal["template", "output", "payload", "schema"]


@dataclass(frozen=True, slots=True)
class Template:
    """A template. Equal ones are compiled once per process; keep the object to keep its hash.

    `url` escapes for one part of a URL or query string. `strict` makes a missing field an error.
    `schema` is a JSON Schema or an XSD that the output has to fit; empty for none.
    """

    format: str
    source: str
    strict: bool = False
    schema: str = ""

    def __post_init__(self) -> None:
        if self.format not in FORMATS:
            message = f"{self.format!r} is not a template format; they are {', '.join(FORMATS)}"
            raise ValueError(message)


@dataclass(frozen=True, slots=True)
class Job:
    """Templates to render with one payload.

    `payload` is JSON text as received; its keys are the variables. `owner` is handed to registered
    functions ("customer:12"). `variables` are more variables (JSON values); the payload's win.
    """

    templates: tuple[Template, ...]
    payload: str
    owner: str = ""
    variables: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """An error or warning in plain words; line and column count from 1.

    `part` is the index of the template in the job; `path` the missing field, such as
    `item.fulfillments`, where that is the problem.
    """

    line: int | None
    column: int | None
    message: str
    where: str = "template"
    path: str = ""
    part: int = 0


@dataclass(slots=True)
class Rendered:
    """What a job gave: an output for each of its templates, empty where it failed.

    An output that is not valid in its format is there to be looked at; send nothing unless `ok`.
    """

    outputs: tuple[str, ...]
    errors: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)

    @property
    def output(self) -> str:
        """The output of the first, usually the only, template."""
        return self.outputs[0]

    @property
    def ok(self) -> bool:
        """No errors: the outputs may be sent."""
        return not self.errors
