"""The error a template author sees."""

from __future__ import annotations

from .problems import Problem


class TemplateFault(Exception):  # noqa: N818 - it is the template's fault, not the program's
    """Stops a render; the message is shown to the author as it stands.

    `path` is the missing field, where that is the fault.
    """

    def __init__(
        self, message: str, *, line: int | None = None, column: int | None = None, path: str = ""
    ) -> None:
        super().__init__(message)
        self.message = message
        self.line = line
        self.column = column
        self.path = path


class BudgetFault(TemplateFault):
    """The template wanted more than `limits` allow."""


class SchemaFault(Exception):  # noqa: N818 - it is the schema's fault, not the program's
    """The schema cannot be used; the message is shown to its author as it stands."""

    def __init__(self, message: str, line: int | None = None, column: int | None = None) -> None:
        super().__init__(message)
        self.problem = Problem(line, column, message, "schema")
