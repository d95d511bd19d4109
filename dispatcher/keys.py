"""Keys of rows, as addresses, forms, filters and references name them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from django.db.models import Model, QuerySet

Row = TypeVar("Row", bound=Model)

_MOST_DIGITS = 18  # any such number fits into a 64-bit column


def as_key(text: object) -> int | None:
    """The number that is named: ASCII digits, 18 at most; None for whatever can be no key."""
    digits = str(text)
    is_key = digits.isascii() and digits.isdigit() and len(digits) <= _MOST_DIGITS
    return int(digits) if is_key else None


def as_keys(texts: Iterable[object]) -> list[int]:
    """The keys among these texts."""
    return [key for text in texts if (key := as_key(text)) is not None]


def find_row(rows: QuerySet[Row], text: object) -> Row | None:
    """The one of these rows whose primary key is named; None where there is none."""
    key = as_key(text)
    return None if key is None else rows.filter(pk=key).first()
