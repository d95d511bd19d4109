"""Filters for JSON, XML, query strings, base64 and checksums."""

from __future__ import annotations

import base64
import hashlib
from typing import Any
from urllib.parse import quote, quote_plus

from .escaping import xml_text
from .faults import TemplateFault
from .formatting import as_width
from .methods import values_of
from .missing import Missing
from .registry import template_filter
from .state import state
from .values import dumps, parse_payload, text


@template_filter("tojson", "a whole value as JSON, with its quotes", '{"n": {{ name | tojson }}}')
def tojson(value: Any, indent: Any = None) -> Any:
    """In a JSON template it stands as it is; in any other it is text like any other."""
    plain = dumps(value, None if indent is None else as_width(indent, 16))
    return state.mark_safe(plain) if state.format == "json" else plain


@template_filter("fromjson", "the value that a JSON text holds", "{{ (raw | fromjson).id }}")
def fromjson(value: Any) -> Any:
    """Null and missing stay what they are."""
    if value is None or isinstance(value, Missing):
        return value
    try:
        return parse_payload(text(value))
    except (ValueError, RecursionError):
        raise TemplateFault("`fromjson` was given a text that is not JSON.") from None


@template_filter("xml", "escaped as XML text", '{{ "a<b" | xml }} → a&lt;b')
def xml(value: Any) -> Any:
    """In an XML template that happens anyway; elsewhere the result is text like any other."""
    plain = xml_text(text(value))
    return state.mark_safe(plain) if state.format == "xml" else plain


@template_filter("urlencode", "percent-encoded, or a query string", "?{{ filters | urlencode }}")
def urlencode(value: Any) -> Any:
    """An object or a list of pairs gives `a=1&b=2`; anything else is encoded as one value."""
    if isinstance(value, (dict, list, tuple)):
        pairs = list(value.items()) if isinstance(value, dict) else _pairs(value)
        state.charge_iterations(len(pairs))
        encoded = "&".join(f"{_part(key)}={_part(item)}" for key, item in pairs)
    else:
        encoded = quote(text(value), safe="/", errors="replace")
    state.charge_text(len(encoded))
    return state.mark_safe(encoded) if state.format == "url" else encoded


def _pairs(value: Any) -> list[Any]:
    pairs = values_of(value)
    if not all(isinstance(pair, (list, tuple)) and len(pair) == 2 for pair in pairs):
        raise TemplateFault("`urlencode` needs an object, a list of pairs, or a single value.")
    return pairs


def _part(value: Any) -> str:
    return quote_plus(text(value), errors="replace")


@template_filter("base64", "as base64", '{{ "a" | base64 }} → YQ==')
def base64_(value: Any) -> str:
    """Of the UTF-8 bytes."""
    return base64.b64encode(_bytes(value)).decode()


@template_filter("frombase64", "the text in base64", '{{ "YQ==" | frombase64 }} → a')
def frombase64(value: Any) -> str:
    """Which must be UTF-8."""
    try:
        return base64.b64decode(text(value), validate=True).decode()
    except ValueError:
        raise TemplateFault("`frombase64` was given a text that is not base64.") from None


@template_filter("md5", "MD5 checksum in hex", "{{ email | lower | md5 }}")
def md5(value: Any) -> str:
    """Of the UTF-8 bytes; receivers ask for it, it protects nothing."""
    return hashlib.md5(_bytes(value), usedforsecurity=False).hexdigest()


@template_filter("sha256", "SHA-256 checksum in hex", "{{ email | lower | sha256 }}")
def sha256(value: Any) -> str:
    """Of the UTF-8 bytes."""
    return hashlib.sha256(_bytes(value)).hexdigest()


def _bytes(value: Any) -> bytes:
    plain = text(value)
    state.charge_text(len(plain) * 2)
    return plain.encode(errors="replace")
