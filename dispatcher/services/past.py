"""Events that really happened, for trying out what may be sent from now on."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from dispatcher.models import Event


@dataclass(frozen=True, slots=True)
class PastEvent:
    """A stored event; `payload` is its JSON text as received."""

    id: UUID
    subject: str
    owner: str
    received_at: datetime
    payload: str = field(repr=False)


def past_events(event_type: str, *, owner: str = "", limit: int = 20) -> list[PastEvent]:
    """The newest real events of this type (of this owner), newest first; purged ones are left out.

    One query. Test runs are no real events.
    """
    found = Event.objects.filter(type=event_type, is_test=False).exclude(payload="")
    if owner:
        found = found.filter(owner=owner)
    return [_past(event) for event in found.order_by("-id")[:limit]]


def past_event(event_id: UUID) -> PastEvent | None:
    """One event; None when it is not there, or its payload was purged."""
    event = Event.objects.filter(pk=event_id).exclude(payload="").first()
    return _past(event) if event else None


def _past(event: Event) -> PastEvent:
    return PastEvent(event.id, event.subject, event.owner, event.received_at, event.payload)
