"""Which source a report names."""

from __future__ import annotations

from django.core.exceptions import ValidationError

from dispatcher import checks
from notifications.events import Source

QUOTE = "quote"
NAMES = (*Source.values, QUOTE)
"""What may be named; a quote belongs to admin (spec section 4)."""


def read_source(name: str) -> str:
    """The source of this name. Raises ValidationError on field `source`."""
    if name == QUOTE:
        return Source.ADMIN.value
    if name not in Source.values:
        message = f"{checks.quote(name)} is no source. Choose one of {', '.join(Source.values)}."
        raise ValidationError({"source": message})
    return name
