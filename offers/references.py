"""Reference IDs for what was given none."""

from __future__ import annotations

from collections.abc import Callable

from django.utils.text import slugify

MAX_REFERENCE = 128


def reference_for(name: str, *, is_taken: Callable[[str], bool]) -> str:
    """The name in lower case with hyphens; with a number behind it where that is taken."""
    stem = slugify(name, allow_unicode=True)[: MAX_REFERENCE - 8] or "unnamed"
    number = 1
    reference = stem
    while is_taken(reference):
        number += 1
        reference = f"{stem}-{number}"
    return reference
