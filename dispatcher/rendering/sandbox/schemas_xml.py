"""XML Schema 1.0, in one document: what it would include or import is refused."""

from __future__ import annotations

import re
from itertools import islice
from typing import Any

from lxml import etree

from .faults import SchemaFault
from .problems import Problem

_MAX_ERRORS = 20
_XSD = "http://www.w3.org/2001/XMLSchema"
_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_ELSEWHERE = tuple(f"{{{_XSD}}}{name}" for name in ("include", "import", "redefine", "override"))
_HINTS = (f"{{{_XSI}}}schemaLocation", f"{{{_XSI}}}noNamespaceSchemaLocation")


class _Refusing(etree.Resolver):
    """Nothing is read from anywhere."""

    def resolve(self, system_url: str, public_id: str, context: Any) -> Any:  # type: ignore[override]
        message = f"The schema refers to `{str(system_url)[:200]}`. Nothing is fetched."
        raise SchemaFault(message)


class XmlChecker:
    """An XML Schema."""

    def __init__(self, text: str) -> None:
        root = _read(text)
        if root.tag != f"{{{_XSD}}}schema":
            raise SchemaFault(
                f'An XML Schema begins with <xs:schema xmlns:xs="{_XSD}">; this is something else.',
                root.sourceline,
            )
        for one in root.iter(*_ELSEWHERE):
            name = etree.QName(one).localname
            raise SchemaFault(
                f"The schema has an {name}. Nothing is fetched: put everything into one schema.",
                one.sourceline,
            )
        try:
            self._schema = etree.XMLSchema(root)
        except etree.XMLSchemaParseError as error:
            raise _invalid(error) from None

    def verify(self) -> None:
        """It was, when it was compiled."""

    def check(self, document: Any, output: str) -> list[Problem]:
        """The first errors, in the order of the document; XSD tells their lines only."""
        for element in document.iter(etree.Element):
            for hint in _HINTS:  # a validator would read the files that they name
                element.attrib.pop(hint, None)
        if self._schema.validate(document):
            return []
        entries: Any = self._schema.error_log
        return [
            Problem(entry.line or None, None, _sentence(entry.message), "output")
            for entry in islice(entries, _MAX_ERRORS)
        ]


def _read(text: str) -> Any:
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        encoding="utf-8",
    )
    parser.resolvers.add(_Refusing())
    try:
        root = etree.fromstring(text.strip().encode(), parser)
    except etree.XMLSyntaxError as error:
        line, column = error.position
        words = re.sub(r", line \d+, column \d+.*$", "", error.msg or "it cannot be read")
        raise SchemaFault(f"The schema is not valid XML: {words}.", line, column) from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise SchemaFault("The schema has a DOCTYPE; that is not allowed. Take it out.", 1)
    return root


def _invalid(error: Any) -> SchemaFault:
    entries = list(error.error_log)
    line = entries[0].line or None if entries else None
    words = _plain(entries[0].message if entries else str(error))
    return SchemaFault(f"This is not a valid XML Schema: {words}.", line)


def _sentence(message: str) -> str:
    return f"the output does not fit the schema: {_plain(message)}"


def _plain(message: str) -> str:
    """libxml2's words without the namespaces, and with names quoted as elsewhere."""
    words = re.sub(r"\{(?!\d)[^}'\s]+\}(?=\w)", "", " ".join(message.split()))
    words = re.sub(r"^Element '([^']*)'(, attribute '([^']*)')?:", _place, words)
    words = re.sub(r"\[facet '[^']*'\] ", "", words)
    words = words.replace("atomic type 'xs:", "type '").replace("atomic type", "type")
    return words[:400].rstrip(". ")


def _place(found: re.Match[str]) -> str:
    attribute = f", attribute `{found[3]}`" if found[3] else ""
    return f"`{found[1]}`{attribute}:"
