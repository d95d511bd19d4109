"""Values never break out of the document they are put in: one escape for each format."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from json.encoder import encode_basestring
from typing import Any
from urllib.parse import quote as percent_encode
from urllib.parse import unquote

from .state import state
from .values import Safe, quote, text

# XML 1.0, production [2] Char; everything else may not appear, not even as a reference.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# Line ends and tabs would be normalised away in attributes, carriage returns everywhere.
_XML = str.maketrans(
    {
        "&": "&amp;",
        "<": "&lt;",
        ">": "&gt;",
        '"': "&#34;",
        "'": "&#39;",
        "\t": "&#9;",
        "\n": "&#10;",
        "\r": "&#13;",
    }
)
_XML_SPECIAL = re.compile("[&<>\"'\t\n\r]")
_HTML = str.maketrans({k: _XML[ord(k)] for k in "&<>\"'"})
_JSON_ESCAPE = re.compile(r'\\(?:(["\\/bfnrt])|u([0-9a-fA-F]{4}))')
_JSON_SHORT = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


def json_text(plain: str) -> str:
    """The inside of a JSON string."""
    return quote(plain)[1:-1]


def xml_text(plain: str) -> str:
    """Element text or attribute value; characters XML cannot carry are left out, with a warning."""
    if not plain.isascii() or not plain.isprintable():
        cleaned = _NOT_XML.sub("", plain)
        if cleaned != plain:
            state.warn("A character that XML does not allow was left out of a value.")
        plain = cleaned
    return plain.translate(_XML) if _XML_SPECIAL.search(plain) else plain


def html_text(plain: str) -> str:
    """Element text or a quoted attribute value."""
    return plain.translate(_HTML)


def url_text(plain: str) -> str:
    """One part of a URL or query string."""
    return percent_encode(plain, safe="", errors="replace")


def plain_text(plain: str) -> str:
    """Text needs no escaping."""
    return plain


def _unescape_json(escaped: str) -> str:
    def one(match: re.Match[str]) -> str:
        short, code = match.groups()
        return chr(int(code, 16)) if code else _JSON_SHORT.get(short, short)

    return _JSON_ESCAPE.sub(one, escaped)


_FORMATS: dict[str, tuple[Callable[[str], str], Callable[[str], str]]] = {
    "json": (json_text, _unescape_json),
    "xml": (xml_text, html.unescape),
    "html": (html_text, html.unescape),
    "url": (url_text, unquote),
    "text": (plain_text, plain_text),
}
FORMATS = tuple(_FORMATS)


def safe_class(format_name: str) -> type[Safe]:
    """The class of text that is already escaped for this format."""
    encode, decode = _FORMATS[format_name]
    show = escaper(encode)

    class SafeText(Safe):
        __slots__ = ()

        @classmethod
        def escape(cls, s: Any, /) -> SafeText:
            return cls(show(s))

        def plain(self) -> str:
            return decode(str.__str__(self))

    return SafeText


def escape_function(format_name: str) -> Callable[[Any], str]:
    """What stands around every `{{ … }}` of a template in this format."""
    return _escape_json if format_name == "json" else escaper(_FORMATS[format_name][0])


def _escape_json(value: Any) -> str:
    """`escaper(json_text)` with its commonest way cut short: this is the hottest line of all."""
    if type(value) is str:
        return (encode_basestring(value) if value.isascii() else quote(value))[1:-1]
    return _escape_json_other(value)


def escaper(encode: Callable[[str], str]) -> Callable[[Any], str]:
    """Turn any value into text and escape it, unless it already is."""

    def escape(value: Any) -> str:
        if type(value) is str:
            return encode(value)
        if type(value) is int:
            return str(value)
        if isinstance(value, Safe):
            return str.__str__(value)
        return encode(text(value))

    return escape


_escape_json_other = escaper(json_text)
