"""JSON Schema: of any known draft, 2020-12 where the schema does not say which."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

import jsonschema.validators
import referencing
from jsonschema.exceptions import SchemaError, ValidationError
from jsonschema.protocols import Validator
from jsonschema_specifications import REGISTRY as SPECIFICATIONS  # type: ignore[import-untyped]
from referencing.exceptions import Unresolvable

from .faults import SchemaFault
from .positions import locate
from .problems import Problem
from .schemas_words import name_of, words_of

_MAX_ERRORS = 20
_DEFAULT = jsonschema.validators.Draft202012Validator
_UNKNOWN = jsonschema.validators.create({})  # stands for a draft that is none
_REGISTRY: referencing.Registry[Any] = referencing.Registry()
"""Without a way to retrieve anything: jsonschema's own would fetch from the network."""


class JsonChecker:
    """A JSON Schema."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._schema = _read(text)
        self._kind = _draft(self._schema)
        self._validator = self._kind(self._schema, registry=_REGISTRY)

    def verify(self) -> None:
        """Raise SchemaFault unless it is a schema; about a millisecond for each part of it."""
        try:
            self._kind.check_schema(self._schema)
        except SchemaError as error:
            raise self._invalid(error) from None
        _check_references(self._schema, self._kind)

    def _invalid(self, error: SchemaError) -> SchemaFault:
        deepest: ValidationError | SchemaError = error
        while deepest.context:
            deepest = max(deepest.context, key=lambda one: len(one.absolute_path))
        line, column = locate(self._text, deepest.absolute_path)
        words = f"This is not a valid JSON Schema: {words_of(deepest)}."
        return SchemaFault(words, line, column)

    def check(self, document: Any, output: str) -> list[Problem]:
        """The first errors, in the order of the document."""
        try:
            errors = list(islice(self._validator.iter_errors(document), _MAX_ERRORS * 5))
        except Unresolvable as error:
            raise _not_there(error.ref) from None
        return list(islice(_problems(errors, output), _MAX_ERRORS))


def _read(text: str) -> Any:
    try:
        schema = json.loads(text)
    except json.JSONDecodeError as error:
        message = f"The schema is not valid JSON: {error.msg}."
        raise SchemaFault(message, error.lineno, error.colno) from None
    if not isinstance(schema, dict | bool):
        raise SchemaFault('A JSON Schema is an object, as {"type": "object"}.', 1, 1)
    return schema


def _draft(schema: Any) -> type[Validator]:
    named = schema.get("$schema") if isinstance(schema, dict) else None
    if named is None:
        return _DEFAULT
    known = jsonschema.validators.validator_for({"$schema": str(named)}, default=_UNKNOWN)
    if known is _UNKNOWN:
        raise SchemaFault(
            "`$schema` names a draft that is not known. Take one of json-schema.org's drafts 3 to "
            "2020-12, as https://json-schema.org/draft/2020-12/schema, or leave it out."
        )
    return known


def _check_references(schema: Any, kind: type[Validator]) -> None:
    """Everything the schema refers to must be in it: nothing is ever fetched."""
    if not isinstance(schema, dict):
        return
    dialect = kind.META_SCHEMA.get("$schema") or kind.META_SCHEMA.get("id")
    specification = referencing.jsonschema.specification_with(str(dialect))
    resource = specification.create_resource(schema)
    known = _known().with_resource(resource.id() or "", resource).crawl()
    resolver = known.resolver_with_root(resource)
    waiting = [(resource, resolver)]
    while waiting:
        one, where = waiting.pop()
        where = where.in_subresource(one)
        contents = one.contents
        reference = contents.get("$ref") if isinstance(contents, dict) else None
        if isinstance(reference, str):
            try:
                where.lookup(reference)
            except Unresolvable as error:
                raise _not_there(error.ref) from None
        waiting += [(child, where) for child in one.subresources()]


def _known() -> referencing.Registry[Any]:
    """The drafts' own schemas, which a schema may refer to; they come with the library."""
    known: referencing.Registry[Any] = SPECIFICATIONS
    return known


def _not_there(reference: str) -> SchemaFault:
    return SchemaFault(
        f"The schema refers to `{reference[:200]}`, which is not in it. Nothing is fetched: put "
        "it under `$defs` and refer to it as `#/$defs/…`."
    )


def _problems(errors: Iterable[ValidationError], output: str) -> Iterator[Problem]:
    told = set()
    for error in errors:
        path = list(error.absolute_path)
        words = f"the output does not fit the schema: {words_of(error)}"
        if words not in told:  # of several missing fields each has an error; the words name all
            told.add(words)
            yield Problem(*locate(output, path), words, "output", name_of(path) if path else "")
