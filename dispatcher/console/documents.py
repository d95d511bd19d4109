"""Payloads and bodies, laid out for reading without changing what they say."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from lxml import etree

SHOWN = 200_000  # characters; a longer document is cut on the page, not in the database
_COLORED = 60_000
_TOKEN = re.compile(r'"(?:\\.|[^"\\])*"|[{}\[\],:]|[^\s{}\[\],:"]+')
_ESCAPE = re.compile(
    r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|.)", re.DOTALL
)
_DECLARATION = re.compile(r"\s*<\?xml[^>]*\?>")
_OPENING, _CLOSING = "{[", "}]"


def pretty(text: str) -> SafeString:
    """A JSON or XML document indented and coloured, JSON's escapes shown as the letters that they
    stand for; anything else as it is.
    """
    shown = text[:SHOWN]
    cut = "\n… (cut here: the document is longer)" if len(text) > SHOWN else ""
    if is_json(text):
        return format_html("{}{}", _json(text), cut) if not cut else format_html("{}{}", shown, cut)
    return format_html("{}{}", _xml(text) if not cut else shown, cut)


def laid_out(text: str) -> str:
    """A JSON or XML document indented, as plain text; anything else, and a long one, as it is."""
    if len(text) > SHOWN:
        return text
    return "".join(piece for _, piece in _indented(text)) if is_json(text) else _xml(text)


def differs(text: str) -> bool:
    """Whether what `pretty` shows may be another text than this, character by character."""
    return "\n" not in text.strip() or (is_json(text) and readable(text) != text)


def readable(text: str) -> str:
    r"""JSON text with letters in place of their escapes: "N\u00f8rre" as "Nørre".

    What could not be seen, or would end a text, stays as it is written.
    """
    return _ESCAPE.sub(_letter, text)


def _letter(found: re.Match[str]) -> str:
    written = found[0]
    if written[1] != "u":
        return written
    letter = str(json.loads(f'"{written}"'))
    return letter if letter.isprintable() and letter not in '"\\' else written


def is_json(text: str) -> bool:
    """Whether this is a JSON object or list."""
    if not text.lstrip().startswith(("{", "[")):
        return False
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _json(text: str) -> SafeString:
    pieces = [(kind, readable(piece)) for kind, piece in _indented(text)]
    if len(text) > _COLORED:
        return format_html("{}", "".join(piece for _, piece in pieces))
    return format_html_join(
        "", '<span class="{}">{}</span>', ((f"pb-j-{kind}", piece) for kind, piece in pieces)
    )


def _indented(text: str) -> Iterator[tuple[str, str]]:
    """Tokens of valid JSON with line breaks between them: numbers and keys stay as written."""
    tokens = _TOKEN.findall(text)
    depth = 0
    for index, piece in enumerate(tokens):
        following = tokens[index + 1] if index + 1 < len(tokens) else ""
        if piece in _OPENING:
            depth += 1
            yield "mark", piece + ("" if following in _CLOSING else _line(depth))
        elif piece in _CLOSING:
            depth -= 1
            empty = index > 0 and tokens[index - 1] in _OPENING
            yield "mark", piece if empty else _line(depth) + piece
        elif piece == ",":
            yield "mark", piece + _line(depth)
        else:
            yield _kind(piece, following), piece + (" " if piece == ":" else "")


def _kind(piece: str, following: str) -> str:
    if piece == ":":
        return "mark"
    if piece.startswith('"'):
        return "key" if following == ":" else "text"
    return "value"


def _line(depth: int) -> str:
    return "\n" + "  " * depth


def _xml(text: str) -> str:
    if not text.lstrip().startswith("<"):
        return text
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False,
        remove_blank_text=True,
    )  # fmt: skip
    try:
        tree = etree.fromstring(text.encode(), parser)
    except (etree.XMLSyntaxError, ValueError):
        return text
    declaration = _DECLARATION.match(text)
    start = f"{declaration[0].strip()}\n" if declaration else ""
    whole = etree.tostring(tree.getroottree(), pretty_print=True, encoding="unicode")
    return start + whole.rstrip()
