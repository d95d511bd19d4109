"""One template, one payload, one output."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from jinja2.exceptions import TemplateError
from jinja2.runtime import Context

from . import limits
from .compiler import Compiled, compile_template
from .explain import explain
from .faults import BudgetFault, SchemaFault, TemplateFault
from .problems import Problem
from .schemas import Checker, check_document, compile_schema
from .state import state
from .validate import validate
from .values import parse_payload

# What a template can provoke; MemoryError is not among them: the process is given up then.
_TEMPLATE_ERRORS = (
    TemplateError,
    TemplateFault,
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    SyntaxError,
    TypeError,
    ValueError,
)
_CHUNK = 256  # pieces of output between two looks at their length
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(slots=True)
class Result:
    """What one template gave."""

    output: str = ""
    errors: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)


@dataclass(slots=True)
class Source:
    """A template as it was sent here, compiled when it is first needed."""

    format: str
    text: str
    strict: bool
    schema: str = ""
    compiled: Compiled | None = None
    error: Problem | None = None
    checker: Checker | None = None
    schema_error: Problem | None = None
    is_verified: bool = False

    def compile(self) -> Problem | None:
        """Compile once; the problem if it cannot be."""
        if self.compiled is None and self.error is None:
            try:
                self.compiled = compile_template(self.text, self.format)
            except _TEMPLATE_ERRORS as error:
                self.error = explain(error, self.text, None)
        return self.error

    def problems(self, at_schema: Callable[[], None]) -> list[Problem]:
        """What is wrong with template and schema before they see a payload."""
        problem = self.compile()
        if self.schema and not self.is_verified:
            at_schema()
            self._compile_schema(verified=False)
            self.is_verified = True
        return [one for one in (problem, self.schema_error) if one]

    def _compile_schema(self, *, verified: bool) -> None:
        try:
            self.checker = compile_schema(self.schema, self.format, verified=verified)
        except SchemaFault as fault:
            self.schema_error = fault.problem

    def check(self, document: Any, output: str) -> list[Problem]:
        """What in the output does not fit the schema, which is compiled once."""
        if self.checker is None and self.schema_error is None:
            self._compile_schema(verified=True)
        if self.schema_error or self.checker is None:
            return [self.schema_error] if self.schema_error else []
        return check_document(self.checker, document, output)


def read_payload(text: str) -> tuple[Any, Problem | None]:
    """The payload's value, or what is wrong with it."""
    if len(text) > limits.MAX_PAYLOAD:
        return None, Problem(None, None, "The payload is larger than 1 MiB.", "payload")
    try:
        return parse_payload(text), None
    except RecursionError:
        return None, Problem(None, None, "The payload is nested too deeply.", "payload")
    except ValueError as error:
        line, column = getattr(error, "lineno", None), getattr(error, "colno", None)
        message = f"The payload is not valid JSON: {getattr(error, 'msg', error)}."
        return None, Problem(line, column, message, "payload")


def render(
    source: Source, payload: Any, variables: dict[str, Any], at_schema: Callable[[], None]
) -> Result:
    """Render and check; never raises for anything a template does, short of MemoryError.

    `at_schema` is called before the output is held against the template's schema.
    """
    problem = source.compile()
    if problem or source.compiled is None:
        return Result(errors=[problem] if problem else [])
    result = Result()
    try:
        output = _run(source.compiled, source.strict, payload, variables)
    except _TEMPLATE_ERRORS as error:
        result.errors.append(explain(error, source.text, source.compiled))
    else:
        result.output = _encodable(output, source.format)
        found = validate(source.format, result.output)
        result.errors, result.warnings = found.errors, found.warnings
        if source.schema and not found.errors:
            at_schema()
            result.errors = source.check(found.document, result.output)
    result.warnings = state.warnings + result.warnings
    return result


def _run(compiled: Compiled, strict: bool, payload: Any, variables: dict[str, Any]) -> str:  # noqa: FBT001
    own = compiled.environment
    state.begin(payload=payload, strict=strict)
    state.format, state.escape, state.mark_safe = own.format, own.escape, own.mark_safe
    state.template_line = compiled.template_line
    values = {**own.globals, "payload": payload, **variables}
    if isinstance(payload, dict):
        values.update(payload)
    values["_payload"] = payload  # all of it, whatever its members are called
    pieces: list[str] = []
    length = 0
    stream = compiled.root(Context(own, values, None, {}))
    while chunk := list(islice(stream, _CHUNK)):
        length += sum(map(len, chunk))
        if length > limits.MAX_TEXT:
            raise BudgetFault(f"The output is longer than {limits.MAX_TEXT:,} characters.")
        pieces += chunk
    return "".join(pieces)


def _encodable(output: str, format_name: str) -> str:
    """Halves of surrogate pairs cannot be sent as UTF-8; JSON can spell them."""
    if not output.isascii() and _SURROGATE.search(output):
        spell = (lambda m: f"\\u{ord(m[0]):04x}") if format_name == "json" else "\ufffd"
        output = _SURROGATE.sub(spell, output)
    if format_name == "xml" and output[:1].isspace() and output.lstrip().startswith("<?xml"):
        return output.lstrip()  # tags in front of the declaration leave an empty line
    return output
