"""What is refused when a postback is saved: its URL, the rows of its parameters and headers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, TypedDict
from urllib.parse import unquote_plus

from django.core.exceptions import ValidationError

from dispatcher import http
from dispatcher.checks import UNSTORABLE, collect, is_storable, quote
from dispatcher.configuration import headers as header_rows
from dispatcher.configuration.headers import Row as HeaderRow
from dispatcher.macros import Fault, check, check_url, fill, read_values
from offers.macros import VOCABULARY, sample_payload

MAX_URL = 2048
MAX_PARAMS = 50
MAX_NAME = 128
MAX_VALUE = 4096
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class Param(TypedDict):
    """One request parameter; its value may hold macros."""

    name: str
    value: str


def check_request(
    *,
    url: str,
    params: Any,
    headers: Any,
    kept: Mapping[str, str],
    in_query: bool,
    has_authorization: bool,
) -> tuple[list[Param], list[HeaderRow], list[list[str]]]:
    """The parameters, the headers that a page may show, and the secret headers' values.

    `kept` are the secret values stored so far, by lower-case name. `in_query`: the parameters go
    into the URL. Raises ValidationError keyed `url`, `params` and `headers` with all that is wrong
    at once, each with its row and column; no message quotes a secret.
    """
    errors: dict[str, list[Any]] = {}
    collect(errors, check_address, url)
    read = collect(errors, read_params, params)
    halves = collect(
        errors, lambda: _read_headers(headers, kept, has_authorization=has_authorization)
    )
    if in_query and read and "url" not in errors:
        collect(errors, _check_names_apart, url, read)
    if errors:
        raise ValidationError(errors)
    public, secret = halves or ([], [])
    return read or [], public, secret


def check_address(url: str) -> None:
    """Raise ValidationError on field `url` unless it can be called and its macros are known."""
    if not url:
        raise ValidationError({"url": "Give the URL that is called."})
    if len(url) > MAX_URL:
        raise ValidationError({"url": f"The URL has more than {MAX_URL} characters."})
    if not is_storable(url):
        raise ValidationError({"url": UNSTORABLE})
    faults = check_url(url, VOCABULARY)
    if faults:
        raise ValidationError({"url": [str(fault) for fault in faults]})
    problem = http.validate_url(fill(url, read_values(sample_payload()), place="url"))
    if problem:
        raise ValidationError({"url": problem})


def read_params(rows: Any) -> list[Param]:
    """The rows as they are stored. Raises ValidationError on field `params`."""
    if not isinstance(rows, list):
        raise ValidationError({"params": "Give the parameters as a list of name and value."})
    if len(rows) > MAX_PARAMS:
        message = f"Remove some parameters: {MAX_PARAMS} are the most there may be."
        raise ValidationError({"params": message})
    problems: list[str] = []
    params: list[Param] = []
    for number, row in enumerate(rows, start=1):
        try:
            params.append(_read_param(row, number))
        except ValueError as error:
            problems += str(error).splitlines()
    problems += [
        f"Parameter {quote(name)} is there twice. Remove one."
        for name in _twice(param["name"] for param in params)
    ]
    if problems:
        raise ValidationError({"params": problems})
    return params


def _read_param(row: Any, number: int) -> Param:
    """One parameter, complete. Raises ValueError, a line for each thing that is wrong."""
    if not isinstance(row, dict):
        raise ValueError(f"Parameter {number}: give a name and a value.")  # noqa: TRY004 - one error for all
    name, value = row.get("name"), row.get("value")
    value = "" if value is None else value
    if not isinstance(name, str) or not name.strip():
        raise ValueError(f"Parameter {number}: give it a name or remove the row.")
    name = name.strip()
    if len(name) > MAX_NAME or _CONTROL.search(name) or not is_storable(name):
        raise ValueError(
            f"Parameter {number}: the name holds a line break or control character, or has more "
            f"than {MAX_NAME} characters."
        )
    shown = f"Parameter {quote(name)[1:-1]}"
    if "{" in name or "}" in name:
        raise ValueError(f"{shown}: a name cannot hold macros or braces, only the value can.")
    if not isinstance(value, str):
        raise ValueError(f"{shown}: the value must be text.")  # noqa: TRY004
    if len(value) > MAX_VALUE:
        raise ValueError(f"{shown}: the value has more than {MAX_VALUE} characters.")
    if not is_storable(value) or _CONTROL.search(value):
        raise ValueError(f"{shown}: the value holds a line break or control character. Remove it.")
    _refuse_faults(shown, check(value, VOCABULARY))
    return {"name": name, "value": value}


def _read_headers(
    rows: Any, kept: Mapping[str, str], *, has_authorization: bool
) -> tuple[list[HeaderRow], list[list[str]]]:
    public, secret = header_rows.split(rows, kept=kept)
    problems = []
    for row in public:
        shown = f"Header {row['name']}"
        if has_authorization and row["name"].lower() == "authorization":
            problems.append(
                f"{shown}: login or token set this one. Remove the row, or choose None."
            )
        if not row["is_secret"]:
            problems += [_of(shown, fault) for fault in check(row["value"], VOCABULARY)]
    if problems:
        raise ValidationError({"headers": problems})
    return public, secret


def _check_names_apart(url: str, params: list[Param]) -> None:
    """What the URL says already, a parameter cannot say again: receivers differ in which counts."""
    query = url.partition("#")[0].partition("?")[2]
    own = {unquote_plus(pair.partition("=")[0]) for pair in query.split("&") if pair}
    problems = [
        f"Parameter {quote(param['name'])[1:-1]} is in the URL already. Remove it here or there."
        for param in params
        if param["name"] in own
    ]
    if problems:
        raise ValidationError({"params": problems})


def _refuse_faults(shown: str, faults: list[Fault]) -> None:
    if faults:
        raise ValueError("\n".join(_of(shown, fault) for fault in faults))


def _of(shown: str, fault: Fault) -> str:
    return f"{shown}, column {fault.column}: {fault.message}"


def _twice(names: Iterable[str]) -> list[str]:
    seen: set[str] = set()
    twice = []
    for name in names:
        if name in seen and name not in twice:
            twice.append(name)
        seen.add(name)
    return twice
