"""A request whose URL, parameters and headers hold macros."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote, quote_plus

from dispatcher.macros.filling import Filler, Number, Values, read_values
from dispatcher.macros.language import Macro, MacroError
from dispatcher.work import FrozenRequest

MAX_URL = 16_000
MAX_HEADER = 16_000
MAX_BODY = 1_000_000
_CONTENT_TYPES = {"form": "application/x-www-form-urlencoded", "json": "application/json"}


class CallbackRequest:
    """What a spec says, read once; `fill` makes the request of one event.

    A spec holds `method`, `url`, `encoding` (where the parameters go: query, form or json),
    `params` and `headers`, both lists of [name, value]. Values may hold macros, names may not.
    Raises MacroError for one with faults.
    """

    def __init__(self, spec: Mapping[str, Any]) -> None:
        self._method = spec["method"]
        self._encoding = spec["encoding"]
        self._url = Filler(spec["url"], place="url", what="the URL")
        self._params = [
            (name, Filler(value, place="text", what=f"parameter {name}"))
            for name, value in spec.get("params", ())
        ]
        self._headers = [
            (name, Filler(value, place="header", what=f"header {name}"))
            for name, value in spec.get("headers", ())
        ]
        if self._encoding not in {"query", *_CONTENT_TYPES}:
            raise MacroError("The parameters have no place in the request.")

    def fill(self, payload: str) -> FrozenRequest:
        """The request for this event. Raises MacroError; its message holds no value."""
        values = read_values(payload)
        url, body = self._url(values).partition("#")[0], ""
        headers = []
        if self._encoding == "query":
            url = _with_query(url, self._pairs(values, _percent))
        elif self._encoding == "form":
            body = self._pairs(values, _form)
        else:
            body = self._object(values)
        if self._encoding in _CONTENT_TYPES:
            headers.append(("Content-Type", _CONTENT_TYPES[self._encoding]))
        headers += [(name, filler(values)) for name, filler in self._headers]
        _check_size(url, headers, body)
        return FrozenRequest(method=self._method, url=url, headers=tuple(headers), body=body)

    def _pairs(self, values: Values, encode: Any) -> str:
        return "&".join([f"{encode(n)}={encode(filler(values))}" for n, filler in self._params])

    def _object(self, values: Values) -> str:
        members = [f"{_json(name)}:{_member(filler, values)}" for name, filler in self._params]
        return "{" + ",".join(members) + "}"


def _member(filler: Filler, values: Values) -> str:
    """A macro alone keeps its type: a number, true, false, null. All else is a string."""
    lone = filler.lone
    if lone is not None and _keeps_type(lone):
        value = values.get(lone.name)
        if value is None or isinstance(value, bool):
            return json.dumps(value)
        if isinstance(value, Number):
            return str(value)
    return _json(filler(values))


def _keeps_type(macro: Macro) -> bool:
    return not macro.is_raw and macro.mapping is None and not macro.format


def _json(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _percent(text: str) -> str:
    return quote(text, safe="")


def _form(text: str) -> str:
    return quote_plus(text, safe="")


def _with_query(url: str, query: str) -> str:
    """The URL's own parameters stay as they are and in front."""
    if not query:
        return url
    if "?" not in url:
        return f"{url}?{query}"
    return f"{url}{query}" if url[-1] in "?&" else f"{url}&{query}"


def _check_size(url: str, headers: Sequence[tuple[str, str]], body: str) -> None:
    if len(url) > MAX_URL:
        raise MacroError(f"Filled, the URL has more than {MAX_URL:,} characters.")
    for name, value in headers:
        if len(value) > MAX_HEADER:
            raise MacroError(f"Filled, header {name} has more than {MAX_HEADER:,} characters.")
    if len(body) > MAX_BODY:
        raise MacroError(f"Filled, the body has more than {MAX_BODY:,} characters.")
