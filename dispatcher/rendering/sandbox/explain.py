"""Any exception of a template as a problem in plain words, at its line."""

from __future__ import annotations

import re
from types import TracebackType

from jinja2.exceptions import TemplateSyntaxError

from .compiler import Compiled
from .faults import TemplateFault
from .problems import Problem
from .state import TEMPLATE
from .suggestions import closest

_TAGS = (
    *("for", "endfor", "if", "elif", "else", "endif", "set", "endset", "macro", "endmacro"),
    *("call", "endcall", "filter", "endfilter", "with", "endwith", "raw", "endraw"),
)
_TYPES = {
    "str": "text",
    "int": "number",
    "float": "number",
    "Number": "number",
    "bool": "true/false",
    "NoneType": "null",
    "dict": "object",
    "list": "list",
    "tuple": "list",
    "SafeText": "text",
    "Missing": "missing field",
}
_KNOWN = {
    "unpack": "The loop names more (or fewer) variables than each item has values.",
    "non-namespace": "Only what namespace() gave can be set; the payload cannot be changed.",
    "integer string conversion": "A number is too long.",
    "two values for the special caller": "The macro is used with `call`, but has no `caller()`.",
}
_TOKENS = {
    "end of print statement": "`}}`",
    "end of statement block": "`%}`",
    "begin of print statement": "`{{`",
    "begin of statement block": "`{%`",
    "end of template": "the end of the template",
}


def explain(error: Exception, source: str, compiled: Compiled | None) -> Problem:
    """The problem to show; `compiled` is None when the template did not get that far."""
    if isinstance(error, TemplateSyntaxError):
        return _syntax(error, source)
    if compiled is None and isinstance(error, RecursionError):
        return Problem(None, None, "The template is nested too deeply.")
    line, column = _line_of(error.__traceback__, compiled), None
    if isinstance(error, TemplateFault):
        line, column = error.line or line, error.column
        if column is None:
            column = _column(source, line, error.message)
        return Problem(line, column, error.message, path=error.path)
    return Problem(line, None, _plain(error))


def _line_of(trace: TracebackType | None, compiled: Compiled | None) -> int | None:
    found = None
    while trace is not None and compiled is not None:
        if trace.tb_frame.f_code.co_filename == TEMPLATE:
            found = trace.tb_lineno
        trace = trace.tb_next
    return compiled.template_line(found) if compiled and found else None


def _column(source: str, line: int | None, message: str) -> int | None:
    """Where the first name that the message quotes stands on that line, if it stands there once."""
    quoted = re.search(r"[`']([^`']{1,60})[`']", message)
    lines = source.splitlines()
    if not quoted or not line or line > len(lines) or lines[line - 1].count(quoted[1]) != 1:
        return None
    return lines[line - 1].index(quoted[1]) + 1


def _syntax(error: TemplateSyntaxError, source: str) -> Problem:
    message = error.message or "This is not understood."
    column = _column(source, error.lineno, message)
    unknown = re.search(r"unknown tag '([^']*)'", message)
    if unknown:
        near = closest(unknown[1], _TAGS)
        hint = f"; did you mean `{near}`?" if near else "."
        return Problem(error.lineno, column, f"There is no tag `{unknown[1]}`{hint}")
    for jinja, plain in _TOKENS.items():
        message = message.replace(f"'{jinja}'", plain).replace(jinja, plain)
    message = re.sub(r"Jinja was looking for the following tags: ", "expected ", message)
    return Problem(error.lineno, column, message[:1].upper() + message[1:])


_BY_KIND: tuple[tuple[type[Exception], str], ...] = (
    (RecursionError, "The template or the payload is nested too deeply."),
    (ZeroDivisionError, "Division by zero."),
    (OverflowError, "A calculation gave a number that is too large."),
    (SyntaxError, "Loops and conditions are nested too deeply."),
)


def _plain(error: Exception) -> str:
    for kind, words in _BY_KIND:
        if isinstance(error, kind):
            return words
    detail = str(error)
    for mark, words in _KNOWN.items():
        if mark in detail:
            return words
    for name, plain in _TYPES.items():
        detail = re.sub(rf"'{name}'(?: object)?", plain, detail)
    if "not supported between instances of" in detail:
        detail = detail.replace("not supported between instances of", "cannot compare")
        return f"{detail}. Text becomes a number with `| int` or `| float`."
    detail = re.sub(r"^\w+(\.<locals>)?\.|<lambda>", "", detail)
    return f"This cannot be done: {detail[:300].rstrip('.')}."
