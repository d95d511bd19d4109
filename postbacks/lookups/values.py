"""What a lookup table's field, keys and values may be, wherever they come from."""

from __future__ import annotations

import re

from django.core.exceptions import ValidationError

from dispatcher.checks import UNSTORABLE, is_storable
from postbacks.models.lookups import MAX_FIELD, MAX_KEY, MAX_VALUE

MAX_ROWS = 250_000  # of one table; it is kept in the memory of each worker process

_BRACES = re.compile(r"\{\{(.*)\}\}", re.DOTALL)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def normal_field(text: str) -> str:
    """The template field without braces and spaces: `{{ sku }}` and `sku` are the same."""
    stripped = text.strip()
    braced = _BRACES.fullmatch(stripped)
    return (braced[1] if braced else stripped).strip()


def check_field(field: str) -> None:
    """Raise ValidationError on `field` for a name that no template could write."""
    if not field:
        message = "Give the template field that names this table, as sku or {{sku}}."
    elif len(field) > MAX_FIELD:
        message = f"The template field has more than {MAX_FIELD} characters. Give a shorter one."
    elif not field.isprintable() or any(mark in field for mark in "{}\"'\\"):
        message = "A template field is a name as sku or order.sku, without quotes and braces."
    else:
        return
    raise ValidationError({"field": message})


def clean(key: str, value: str) -> tuple[str, str]:
    """Key and value as they are stored: no space around them, one kind of line break."""
    return key.strip(), value.replace("\r\n", "\n").replace("\r", "\n").strip()


def flaws(key: str, value: str) -> dict[str, str]:
    """What is wrong with a cleaned key and value, by `key` and `value`."""
    if 0 < len(key) <= MAX_KEY and len(value) <= MAX_VALUE and (key + value).isprintable():
        return {}  # nearly all of 100,000; surrogates are not printable
    return {
        name: message
        for name, message in (
            ("key", _flaw_of_key(key)),
            ("value", _flaw_of_text("value", value, MAX_VALUE)),
        )
        if message
    }


def _flaw_of_key(key: str) -> str:
    if not key:
        return "The key is empty."
    if "\n" in key:
        return "The key holds a line break."
    return _flaw_of_text("key", key, MAX_KEY)


def _flaw_of_text(what: str, text: str, limit: int) -> str:
    if len(text) > limit:
        return f"The {what} has {len(text):,} characters; {limit:,} are allowed."
    if not is_storable(text):
        return UNSTORABLE
    if not text.isprintable() and _CONTROL.search(text):
        return f"The {what} holds a control character, which cannot be stored."
    return ""
