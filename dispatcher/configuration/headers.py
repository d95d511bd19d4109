"""The extra headers of a trigger: which are allowed, and where their secret values go."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict

from django.core.exceptions import ValidationError

MAX_HEADERS = 50
MAX_NAME = 128
MAX_VALUE = 4096

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110 section 5.6.2, token
# RFC 9110 section 5.5, field-value; what is beyond ASCII is sent as UTF-8.
_VALUE = re.compile("[\t\x20-\x7e\xa0-\ud7ff\ue000-\U0010ffff]*")
_RESERVED_PREFIXES = ("webhook-", "proxy-")
_RESERVED = frozenset(
    {
        "accept-encoding",
        "connection",
        "content-encoding",
        "content-length",
        "content-type",
        "expect",
        "host",
        "keep-alive",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
_ALWAYS_SECRET = frozenset({"authorization", "cookie"})


class Row(TypedDict):
    """One header as `Trigger.headers` holds it; `value` is empty where it is secret."""

    name: str
    value: str
    is_secret: bool


@dataclass(frozen=True, slots=True)
class _Header:
    name: str
    value: str
    is_secret: bool

    def __repr__(self) -> str:
        return f"{self.name}: …"  # a value may be secret


def split(rows: Any, *, kept: Mapping[str, str]) -> tuple[list[Row], list[list[str]]]:
    """Separate what a page may show from the secret values.

    `kept` are the secret values stored so far, by lower-case name: a secret header without a
    value keeps its own. Returns rows for `Trigger.headers` and `[name, value]` pairs for the
    rule's credentials. Raises ValidationError on field `headers`; no message quotes a value.
    """
    if not isinstance(rows, list):
        raise ValidationError({"headers": "Give the headers as a list of name and value."})
    problems: list[str] = []
    headers: list[_Header] = []
    for number, row in enumerate(rows, start=1):
        try:
            headers.append(_read(row, number, kept))
        except ValueError as error:
            problems.append(str(error))
    problems += _problems_together(headers)
    if problems:
        raise ValidationError({"headers": problems})
    public: list[Row] = [
        {"name": h.name, "value": "" if h.is_secret else h.value, "is_secret": h.is_secret}
        for h in headers
    ]
    return public, [[h.name, h.value] for h in headers if h.is_secret]


def _read(row: Any, number: int, kept: Mapping[str, str]) -> _Header:
    """One header, complete. Raises ValueError with words for the operator."""
    if not isinstance(row, dict):
        raise ValueError(f"Header {number}: give a name, a value, and whether it is secret.")  # noqa: TRY004 - one error for all
    name = _read_name(row.get("name"), number)
    value = row.get("value") or ""
    is_secret = row.get("is_secret", False)
    if not isinstance(value, str):
        raise ValueError(f"Header {name}: the value must be text.")  # noqa: TRY004
    if not isinstance(is_secret, bool):
        raise ValueError(f"Header {name}: is_secret must be true or false.")  # noqa: TRY004
    is_secret = is_secret or name.lower() in _ALWAYS_SECRET
    value = value.strip() or (kept.get(name.lower(), "") if is_secret else "")
    _check_value(name, value)
    return _Header(name, value, is_secret)


def _read_name(name: object, number: int) -> str:
    if not isinstance(name, str) or not name.strip():
        raise ValueError(f"Header {number}: give it a name or remove the row.")
    name = name.strip()
    if not _NAME.fullmatch(name) or len(name) > MAX_NAME:
        raise ValueError(
            f"Header {number}: the name may hold letters, digits and - _ . ~ only, "
            f"{MAX_NAME} characters at most."
        )
    if name.lower() in _RESERVED or name.lower().startswith(_RESERVED_PREFIXES):
        raise ValueError(f"Header {name}: the service sets this one itself. Remove the row.")
    return name


def _check_value(name: str, value: str) -> None:
    if not value:
        raise ValueError(f"Header {name}: give it a value or remove the row.")
    if len(value) > MAX_VALUE:
        raise ValueError(f"Header {name}: the value has more than {MAX_VALUE} characters.")
    if not _VALUE.fullmatch(value):
        raise ValueError(
            f"Header {name}: the value holds a line break or control character. Remove it."
        )


def _problems_together(headers: Sequence[_Header]) -> list[str]:
    problems = []
    if len(headers) > MAX_HEADERS:
        problems.append(f"Remove some headers: {MAX_HEADERS} are the most there may be.")
    seen: set[str] = set()
    for header in headers:
        if header.name.lower() in seen:
            problems.append(f"Header {header.name} is there twice. Remove one.")
        seen.add(header.name.lower())
    return problems
