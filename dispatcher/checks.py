"""What every emitted event is checked for, whichever app it is for.

Each check raises ValidationError keyed by field, in words for the developer who emits it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, NoReturn, TypeVar, TypeVarTuple

from django.core.exceptions import ValidationError

from dispatcher import documents

MAX_KEY = 255  # Event.idempotency_key
MAX_SUBJECT = 255  # Event.subject
UNSTORABLE = "This text holds a NUL or half a character, which cannot be stored. Remove it."
_Read = TypeVar("_Read")
_Values = TypeVarTuple("_Values")


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
    """The object that this JSON text holds, read by the API's own rules (`documents`).

    Raises ValidationError on field `payload`.
    """
    if not text.strip():
        _refuse('The payload is empty. Give a JSON object, as {"orderId": "…"}.')
    try:
        payload = documents.read_value(text)
    except documents.DocumentError as error:
        _refuse(f"{error.field}: {error}" if error.field else str(error))
    if not isinstance(payload, dict):
        _refuse('The payload must be a JSON object, as {"orderId": "…"}.')
    if not is_storable(text):
        _refuse(UNSTORABLE)
    return payload


def check_subject(subject: str) -> None:
    """Raise ValidationError on field `subject` for one that cannot be stored or looked for."""
    if len(subject) > MAX_SUBJECT:
        message = f"The subject has more than {MAX_SUBJECT} characters. Give a shorter one."
    elif not subject.isprintable():
        message = "The subject holds a character that cannot be shown. Give another one."
    else:
        return
    raise ValidationError({"subject": message})


def check_key(key: str | None) -> None:
    """Raise ValidationError on field `id` for an idempotency key that cannot be stored."""
    if key and (len(key) > MAX_KEY or not key.isprintable()):
        message = f"The key must be printable text of {MAX_KEY} characters at most."
        raise ValidationError({"id": message})


def in_utc(moment: datetime | None) -> datetime | None:
    """The same moment in UTC. Raises ValidationError on field `occurred_at`."""
    if moment is None:
        return None
    if moment.tzinfo is None:
        message = "Give the time with its zone, as 2026-03-01T09:30:00Z."
        raise ValidationError({"occurred_at": message})
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        message = "This time is outside the calendar. Correct it."
        raise ValidationError({"occurred_at": message}) from None


def fingerprint(*content: Any) -> str:
    """What tells the same body from another one: spaces and the order of keys do not count.

    `content` is JSON values and times.
    """
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), default=_iso)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _iso(moment: datetime) -> str:
    return moment.isoformat()


def collect(
    errors: dict[str, list[Any]], check: Callable[[*_Values], _Read], *values: *_Values
) -> _Read | None:
    """What the check gives; None where it raises ValidationError, which is added to `errors`."""
    try:
        return check(*values)
    except ValidationError as error:
        error.update_error_dict(errors)
        return None


def quote(text: str) -> str:
    """A caller's text, as an error message may repeat it."""
    return f"“{text[:80].encode(errors='replace').decode()}”".replace("\x00", "?")


def _refuse(message: str) -> NoReturn:
    # Not chained: the decoder's error holds the whole payload.
    raise ValidationError({"payload": message}) from None
