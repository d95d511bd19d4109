"""Whether a document fits the schema of its template; the schema is compiled once.

Both libraries are imported when a template with a schema is first rendered: jsonschema costs
about 0.2 s and 12 MB. Nothing is fetched: what a schema refers to has to be in it.
"""

from __future__ import annotations

from typing import Any, Protocol

from .faults import SchemaFault
from .limits import MAX_JSON_SCHEMA, MAX_XSD
from .problems import Problem


class Checker(Protocol):
    """A compiled schema."""

    def verify(self) -> None:
        """Raise SchemaFault for what is wrong with the schema itself and was not seen yet."""

    def check(self, document: Any, output: str) -> list[Problem]:
        """What does not fit: of the parsed output, whose text is `output`."""


def compile_schema(text: str, format_name: str, *, verified: bool) -> Checker:
    """The schema of a JSON or XML template, ready to be used. Raises SchemaFault.

    `verified`: it was seen to be one when it was saved, which would cost too much each time.
    """
    longest = MAX_JSON_SCHEMA if format_name == "json" else MAX_XSD
    if len(text) > longest:
        raise SchemaFault(f"The schema is longer than {longest // 1024} KiB. Make it shorter.")
    try:
        checker = _checker(text, format_name)
        if not verified:
            checker.verify()
    except RecursionError:
        raise SchemaFault("The schema is nested too deeply.") from None
    except (SchemaFault, MemoryError):
        raise
    except Exception as error:  # noqa: BLE001 - a stranger's schema in libraries of others
        raise SchemaFault(f"The schema cannot be used: {_shortened(error)}.") from None
    return checker


def _checker(text: str, format_name: str) -> Checker:
    if format_name == "json":
        from .schemas_json import JsonChecker  # noqa: PLC0415 - costs time and memory

        return JsonChecker(text)
    if format_name == "xml":
        from .schemas_xml import XmlChecker  # noqa: PLC0415

        return XmlChecker(text)
    raise SchemaFault("Only JSON and XML documents can have a schema.")


def check_document(checker: Checker, document: Any, output: str) -> list[Problem]:
    """What does not fit; never raises for what a schema does, short of MemoryError."""
    try:
        return checker.check(document, output)
    except RecursionError:
        words = "The schema refers to itself without end, or the output is nested too deeply."
        return [Problem(None, None, words, "schema")]
    except SchemaFault as fault:
        return [fault.problem]
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - as above
        words = f"The schema cannot be used: {_shortened(error)}."
        return [Problem(None, None, words, "schema")]


def _shortened(error: Exception) -> str:
    return " ".join(str(error).split())[:300].rstrip(".") or type(error).__name__
