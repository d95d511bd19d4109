"""The events of conversions."""

from __future__ import annotations

from django.db.models import TextChoices


class EventType(TextChoices):
    """Why postbacks fire (spec section 3)."""

    CONVERSION_CREATED = "conversion_created", "New conversion"
    CONVERSION_CHANGED = "conversion_changed", "Conversion's status changed"
