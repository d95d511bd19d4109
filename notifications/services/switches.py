"""The events' switches."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction

from dispatcher import services as dispatcher
from dispatcher.configuration import saving
from dispatcher.configuration.saving import Author
from notifications.events import EVERY_TYPE, FIRES_WHEN, POSTBACK_ONLY, OperationalType
from notifications.models import Attachment, SystemEvent

_LABELS = dict(EVERY_TYPE)


@dataclass(frozen=True, slots=True)
class EventRow:
    """One event as the Events page lists it."""

    event: str
    label: str
    sentence: str
    is_on: bool
    channels: int
    last_fired_at: datetime | None
    is_operational: bool
    is_postback_only: bool


@transaction.atomic
def switch_event(*, event: str, is_on: bool, by: Author = None) -> SystemEvent:
    """Switch an event on or off; its channels stay. Counts from the next event on.

    Raises ValidationError on `event` for one that there is not.
    """
    row = event_switch(event)
    row = SystemEvent.objects.select_for_update().get(pk=row.pk)
    if row.is_on != is_on:
        row.is_on = is_on
        saving.save(row, by=by, reason="Switched on" if is_on else "Switched off")
    return row


def event_switch(event: str) -> SystemEvent:
    """The switch of this event. Raises ValidationError on `event` for one that there is not."""
    if event not in _LABELS:
        raise ValidationError({"event": f"There is no such event. Choose one of {_known()}."})
    return SystemEvent.objects.get_or_create(event=event)[0]


def _known() -> str:
    return ", ".join(_LABELS)


def event_rows() -> list[EventRow]:
    """All events in their order, with what the Events page shows; three queries."""
    switched = dict(SystemEvent.objects.values_list("event", "is_on"))
    attached = Counter(Attachment.objects.values_list("event", flat=True))
    fired = dispatcher.last_events(list(_LABELS))
    return [
        EventRow(
            event=event,
            label=str(label),
            sentence=FIRES_WHEN[event],
            is_on=switched.get(event, True),
            channels=attached[event],
            last_fired_at=fired.get(event),
            is_operational=event in OperationalType.values,
            is_postback_only=event in POSTBACK_ONLY,
        )
        for event, label in EVERY_TYPE
    ]
