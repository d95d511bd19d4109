"""Checks that the output is what its format says it is."""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple

from .problems import Problem

_MAX_DEPTH = 200
_JSON_WORDS = {
    "Expecting ',' delimiter": "expected ',' or a closing bracket",
    "Expecting ':' delimiter": "expected ':' after a field's name",
    "Expecting value": "expected a value",
    "Expecting property name enclosed in double quotes": (
        "expected a field name in double quotes; is there a comma too many, or a bracket missing?"
    ),
    "Illegal trailing comma before end of object": "there is a comma too many before the `}`",
    "Illegal trailing comma before end of array": "there is a comma too many before the `]`",
    "Extra data": "there is something after the end of the document",
    "Unterminated string starting at": "a text is not closed; its opening quote is",
    "Invalid control character at": "a line break or tab inside a text",
}


class Validated(NamedTuple):
    """What is wrong with an output, and what it is when nothing is: a JSON value, an element."""

    errors: list[Problem]
    warnings: list[Problem]
    document: Any = None


def validate(format_name: str, output: str) -> Validated:
    """Errors and warnings about the output; only JSON and XML are checked."""
    if format_name == "json":
        return _json(output)
    if format_name == "xml":
        return _xml(output)
    return Validated([], [])


class _Pairs:
    """Collects names that appear twice in one object."""

    __slots__ = ("twice",)

    def __init__(self) -> None:
        self.twice: list[str] = []

    def __call__(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            names = [name for name, _ in pairs]
            self.twice += sorted({name for name in names if names.count(name) > 1})[:5]
        return found


def _refuse(constant: str) -> Any:
    raise _ConstantError(constant)


class _ConstantError(ValueError):
    pass


_pairs = _Pairs()
_decoder = json.JSONDecoder(object_pairs_hook=_pairs, parse_constant=_refuse)


def _json(output: str) -> Validated:
    _pairs.twice = []
    try:
        document = _decoder.decode(output)
    except json.JSONDecodeError as error:
        return _bad(_json_problem(error, output))
    except _ConstantError as error:
        words = f"{error} is not a JSON value"
        return _bad(_not_json(words, output, output.find(str(error))))
    except RecursionError:
        return _bad(_not_json("it is nested too deeply", output, 0))
    except ValueError:
        return _bad(_not_json("a number in it is too long", output, 0))
    return Validated([], [_twice(name, output) for name in _pairs.twice], document)


def _bad(problem: Problem) -> Validated:
    return Validated([problem], [])


def _json_problem(error: json.JSONDecodeError, output: str) -> Problem:
    if not output.strip():
        return Problem(1, 1, "the output is empty, and that is not valid JSON", "output")
    words = _JSON_WORDS.get(error.msg, error.msg[:1].lower() + error.msg[1:])
    if error.msg == "Expecting value":
        words += "; an empty field needs quotes around it, or `| tojson`"
    return _not_json(words, output, error.pos)


def _not_json(words: str, output: str, position: int) -> Problem:
    line = output.count("\n", 0, position) + 1
    column = position - output.rfind("\n", 0, position)
    near = output[position : position + 20].split("\n", 1)[0].strip()
    found = f", found `{near}`" if near else ""
    return Problem(line, column, f"the output is not valid JSON: {words}{found}", "output")


def _twice(name: str, output: str) -> Problem:
    quoted = json.dumps(name, ensure_ascii=False)
    second = output.find(quoted, output.find(quoted) + 1)
    line = output.count("\n", 0, second) + 1 if second > 0 else None
    message = f"the field {quoted} appears twice in one object; receivers keep only one of them"
    return Problem(line, None, message, "output")


def _xml(output: str) -> Validated:
    from lxml import etree  # noqa: PLC0415 - costs memory, and most templates are JSON

    declared = re.match(r"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([^\"']{1,40})", output)
    if declared and declared[1].lower() not in ("utf-8", "utf8"):
        words = f"the XML declaration says {declared[1]}, but everything is sent as UTF-8"
        return _bad(Problem(1, declared.start(1) + 1, words, "output"))
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        encoding="utf-8",
    )
    try:
        root = etree.fromstring(output.encode(), parser)
    except etree.XMLSyntaxError as error:
        return _bad(_xml_problem(error, output))
    if root.getroottree().docinfo.internalDTD is not None:
        words = "the output has a DOCTYPE; that is not allowed"
        return _bad(Problem(1, None, words, "output"))
    return Validated([], [], root)


def _xml_problem(error: Any, output: str) -> Problem:
    if not output.strip():
        return Problem(1, 1, "the output is empty, and that is not valid XML", "output")
    line, column = error.position
    words = re.sub(r", line \d+, column \d+.*$", "", error.msg or "it cannot be read")
    return Problem(line or 1, column or 1, f"the output is not valid XML: {words}", "output")
