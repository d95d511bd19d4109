"""A new or changed status becomes an event, in the transaction of the change itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from dispatcher import services as dispatcher
from dispatcher.configuration.saving import Author
from dispatcher.types import Emitted, NewEvent
from offers.documents import document_text
from offers.events import EventType
from offers.models import Conversion, ConversionChange
from offers.routing import default_goals, facts, match

ENDPOINT = "conversions"
MAX_ORIGIN = 255


@dataclass(frozen=True, slots=True)
class Change:
    """What became of one conversion; its row is saved already."""

    conversion: Conversion
    before: str
    details: dict[str, Any] = field(default_factory=dict)


def fire(changes: Sequence[Change], *, by: Author, origin: str, emitter: str = "") -> list[Emitted]:
    """Store the event of each change with its deliveries, and write the change down.

    Call it in the transaction that changed the rows, with conversions that were read with their
    offer, affiliate and goal. Each changed its status.
    """
    if not changes:
        return []
    goals = default_goals(  # a new conversion was given its offer's default goal, if there is one
        change.conversion.offer_id
        for change in changes
        if change.before and change.conversion.goal_id is None
    )
    known = [facts(change.conversion, default_goals=goals) for change in changes]
    who = emitter or (f"user:{by.pk}" if by and by.pk else "system")
    events = [_event(change, who) for change in changes]
    emitted = dispatcher.emit_many(events, lambda _: match(known))
    results = [one for one in emitted if isinstance(one, Emitted)]  # without keys, all are
    ids = [one.event_id for one in results]
    write_down(changes, by=by, origin=origin, events=ids)
    return results


def _event(change: Change, emitter: str) -> NewEvent:
    conversion = change.conversion
    kind = EventType.CONVERSION_CHANGED if change.before else EventType.CONVERSION_CREATED
    return NewEvent(
        type=kind.value,
        payload=document_text(conversion, previous_status=change.before),
        emitter=emitter,
        endpoint=ENDPOINT,
        subject=conversion.subject,
        owner=f"affiliate:{conversion.affiliate_id}",
        source=conversion.source[:16],
        occurred_at=conversion.status_changed_at,
    )


def write_down(
    changes: Sequence[Change], *, by: Author, origin: str, events: Sequence[Any] = ()
) -> None:
    """Keep these changes with time and author; `events` are theirs, where their status changed."""
    author = by.pk if by else None  # not loaded: this is on the way of every conversion
    ConversionChange.objects.bulk_create(
        ConversionChange(
            conversion=change.conversion,
            changed_at=change.conversion.updated_at,
            by_id=author,
            origin=origin[:MAX_ORIGIN],
            from_status=change.before,
            to_status=change.conversion.status,
            details=change.details,
            event_id=events[number] if events else None,
        )
        for number, change in enumerate(changes)
    )
