"""The payload of an order event: read once to check it, stored as the text it came as."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NoReturn

from django.core.exceptions import ValidationError

MAX_DEPTH = 100
MAX_SUBJECT = 255  # Event.subject
UNSTORABLE = "This text holds a NUL or half a character, which cannot be stored. Remove it."

_ORDER_NAMES = ("orderReferenceId", "orderId")
_NESTED_ORDER_NAMES = ("orderReferenceId", "referenceId", "orderId", "id")


def is_storable(text: str) -> bool:
    """Whether every database takes this text: no NUL, no lone surrogate."""
    if text.isascii():
        return "\x00" not in text
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\x00" not in text


def parse_payload(text: str) -> dict[str, Any]:
    """The object that this JSON text holds. Raises ValidationError on field `payload`."""
    try:
        payload = _decoder.decode(text)
    except json.JSONDecodeError as error:
        _refuse(f"This is not JSON: {error.msg}, line {error.lineno}, column {error.colno}.")
    except RecursionError:
        _refuse(f"The payload is nested more than {MAX_DEPTH} levels deep. Make it flatter.")
    except ValueError as error:
        _refuse(f"This is not JSON: {error}.")
    if not isinstance(payload, dict):
        _refuse('The payload must be a JSON object, as {"orderId": "…"}.')
    if not is_storable(text):
        _refuse(UNSTORABLE)
    if text.count("{") + text.count("[") > MAX_DEPTH and _is_deep(payload):
        _refuse(f"The payload is nested more than {MAX_DEPTH} levels deep. Make it flatter.")
    return payload


def default_subject(payload: Mapping[str, Any]) -> str:
    """`order:<reference>` by the payload's order reference or ID; empty where there is none."""
    nested = payload.get("order")
    names = _first(payload, _ORDER_NAMES)
    if names is None and isinstance(nested, Mapping):
        names = _first(nested, _NESTED_ORDER_NAMES)
    return "" if names is None else f"order:{names}"


def check_subject(subject: str) -> None:
    """Raise ValidationError on field `subject` for one that cannot be stored or looked for."""
    if len(subject) > MAX_SUBJECT:
        message = f"The subject has more than {MAX_SUBJECT} characters. Give a shorter one."
    elif not subject.isprintable():
        message = "The subject holds a character that cannot be shown. Give another one."
    else:
        return
    raise ValidationError({"subject": message})


def fingerprint(
    *,
    type: str,  # noqa: A002 - the event's word for it
    customer: str,
    payload: Mapping[str, Any],
    occurred_at: datetime | None,
    subject: str,
) -> str:
    """What tells the same body from another one: spaces and the order of keys do not count."""
    moment = occurred_at.isoformat() if occurred_at else None
    content = [type, customer, payload, moment, subject]
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def _refuse_constant(name: str) -> NoReturn:
    message = f"{name} is not a JSON value"
    raise ValueError(message)


_decoder = json.JSONDecoder(parse_constant=_refuse_constant)


def _refuse(message: str) -> NoReturn:
    # Not chained: the decoder's error holds the whole payload.
    raise ValidationError({"payload": message}) from None


def _first(values: Mapping[str, Any], names: Iterable[str]) -> str | None:
    """The first of these that is a text or whole number."""
    for name in names:
        value = values.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        if isinstance(value, str) and value.strip():
            return value.strip()
    return None


def _is_deep(payload: Any) -> bool:
    level = [payload]
    for _ in range(MAX_DEPTH):
        level = [
            child
            for value in level
            if isinstance(value, (dict, list))
            for child in (value.values() if isinstance(value, dict) else value)
        ]
        if not level:
            return False
    return any(isinstance(value, (dict, list)) for value in level)
