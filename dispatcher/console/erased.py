"""What the pages say where something was erased because somebody asked for it."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format


def erased_words(erased_at: datetime | None) -> str:
    """As "Erased on Mar 5, 2026, 14:30, at somebody's request."; without a time that is unknown."""
    when = ""
    if erased_at is not None:
        when = f" on {date_format(timezone.localtime(erased_at), 'M j, Y, H:i')},"
    return f"Erased{when} at somebody's request."
