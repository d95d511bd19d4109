"""What does not fit a JSON Schema, in plain words: which field, what was expected, what is."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from typing import Any

_TYPES = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "null": "null",
    "object": "an object",
    "array": "a list",
}
_MAX_SHOWN = 60
_MAX_NAMES = 8
_DEEPEST = 5


def words_of(error: Any) -> str:
    """A jsonschema ValidationError as a sentence without its full stop."""
    return _words(error, _DEEPEST)


def name_of(path: Iterable[str | int]) -> str:
    """`items[0].quantity`; "the document" for the whole of it."""
    name = ""
    for step in path:
        if isinstance(step, int):
            name += f"[{step}]"
        elif re.fullmatch(r"\w+", step):
            name += f".{step}" if name else step
        else:
            name += f"[{_shown(step)}]"
    return name or "the document"


def _words(error: Any, depth: int) -> str:
    path = list(error.absolute_path)
    name = f"`{name_of(path)}`" if path else "the document"
    if error.validator in {"anyOf", "oneOf"}:
        return f"{name} {_none_of(error, depth)}"
    make = _WORDS.get(error.validator)
    if make is None:
        return f"{name}: {' '.join(str(error.message).split())[:200]}"
    return f"{name} {make(error)}"


def _none_of(error: Any, depth: int) -> str:
    if not error.context:
        return "fits more than one of the possibilities, but should fit exactly one"
    nearest = max(error.context, key=lambda one: len(one.absolute_path))
    if depth == 0:
        return "fits none of the possibilities"
    return f"fits none of the possibilities; the nearest: {_words(nearest, depth - 1)}"


def _type(error: Any) -> str:
    kinds = error.validator_value
    wanted = [kinds] if isinstance(kinds, str) else list(kinds)
    words = " or ".join(_TYPES.get(str(kind), str(kind)) for kind in wanted)
    hint = ""
    if isinstance(error.instance, str) and {"integer", "number", "boolean"} & set(wanted):
        hint = "; leave out the quotes around it, or use `| tojson`"
    return f"should be {words}, but is {_shown(error.instance)}{hint}"


def _required(error: Any) -> str:
    missing = [one for one in error.validator_value if one not in error.instance]
    return f"lacks the field{'s' if len(missing) > 1 else ''} {_names(missing)}"


def _additional(error: Any) -> str:
    known, patterns = (error.schema.get(name) or {} for name in ("properties", "patternProperties"))
    extra = [
        one
        for one in error.instance
        if one not in known and not any(re.search(pattern, one) for pattern in patterns)
    ]
    if error.validator_value is not False or error.validator != "additionalProperties":
        return "has fields that the schema does not allow"
    plural = "s" if len(extra) > 1 else ""
    return f"has the field{plural} {_names(extra)}, which the schema does not allow"


def _enum(error: Any) -> str:
    values = error.validator_value
    listed = ", ".join(_shown(one) for one in values[:_MAX_NAMES])
    more = ", …" if len(values) > _MAX_NAMES else ""
    return f"should be one of {listed}{more}, but is {_shown(error.instance)}"


def _bound(words: str) -> Callable[[Any], str]:
    return lambda error: (
        f"should be {words} {_shown(error.validator_value)}, but is {_shown(error.instance)}"
    )


def _count(words: str, noun: str) -> Callable[[Any], str]:
    return lambda error: (
        f"should have {words} {error.validator_value} {noun}, but has {len(error.instance)}"
    )


_WORDS: dict[str, Callable[[Any], str]] = {
    "type": _type,
    "required": _required,
    "additionalProperties": _additional,
    "unevaluatedProperties": _additional,
    "enum": _enum,
    "const": lambda e: f"should be {_shown(e.validator_value)}, but is {_shown(e.instance)}",
    "minimum": _bound("at least"),
    "maximum": _bound("at most"),
    "exclusiveMinimum": _bound("more than"),
    "exclusiveMaximum": _bound("less than"),
    "multipleOf": _bound("a multiple of"),
    "minLength": _count("at least", "characters"),
    "maxLength": _count("at most", "characters"),
    "minItems": _count("at least", "items"),
    "maxItems": _count("at most", "items"),
    "minProperties": _count("at least", "fields"),
    "maxProperties": _count("at most", "fields"),
    "pattern": lambda e: (
        f"should match the pattern {_shown(e.validator_value)}, but is {_shown(e.instance)}"
    ),
    "format": lambda e: (
        f"should be a valid {str(e.validator_value)[:40]}, but is {_shown(e.instance)}"
    ),
    "uniqueItems": lambda _: "has the same item more than once",
    "contains": lambda _: "has too few, or too many, items of the kind that the schema asks for",
    "not": lambda _: "is just what the schema does not allow",
    "dependentRequired": lambda e: f"lacks a field that goes with another: {e.message[:120]}",
}


def _names(names: list[Any]) -> str:
    listed = ", ".join(f"`{str(one)[:_MAX_SHOWN]}`" for one in names[:_MAX_NAMES])
    return f"{listed}, …" if len(names) > _MAX_NAMES else listed


def _shown(value: Any) -> str:
    """The value as it stands in the document, shortened; of a large one only its kind."""
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, str) and len(value) > _MAX_SHOWN:
        value = value[:_MAX_SHOWN] + "…"
    return json.dumps(value, ensure_ascii=False)[: _MAX_SHOWN * 2]
