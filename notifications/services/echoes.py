"""Keys of second tellings: what may be told once only was told before, under another key.

An event stores its own key; a second telling makes no event, so its key is kept here.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from dispatcher import services as dispatcher
from dispatcher.types import Emitted, IdempotencyConflictError, NewEvent
from notifications.models import Fact


def find(events: Sequence[NewEvent]) -> list[Emitted | IdempotencyConflictError | None]:
    """For each event that came under its key before: what was answered then, or the conflict.

    Two queries where there are keys, so that what is refused or known changes no order.
    """
    keyed = [event for event in events if event.idempotency_key]
    if not keyed:
        return [None] * len(events)
    echoes = {
        fact.key: fact
        for fact in Fact.objects.filter(
            kind=keyed[0].endpoint,
            emitter=keyed[0].emitter,
            key__in=[event.idempotency_key for event in keyed],
        )
    }
    own = dispatcher.known_keys(
        emitter=keyed[0].emitter,
        endpoint=keyed[0].endpoint,
        keys=[event.idempotency_key or "" for event in keyed],
    )
    return [_earlier(event, echoes, own) for event in events]


def _earlier(
    event: NewEvent, echoes: dict[str, Fact], own: dict[str, tuple[UUID, str]]
) -> Emitted | IdempotencyConflictError | None:
    key = event.idempotency_key or ""
    if key in echoes:
        event_id, mark = UUID(echoes[key].events[0]), echoes[key].fingerprint
    elif key in own:
        event_id, mark = own[key]
    else:
        return None
    if mark != event.fingerprint:
        return IdempotencyConflictError(key)
    return dispatcher.emitted(event_id)


def keep(event: NewEvent, event_id: UUID, moment: datetime) -> None:
    """Remember that this key was answered with that event."""
    if event.idempotency_key:
        Fact.objects.get_or_create(
            kind=event.endpoint,
            emitter=event.emitter,
            key=event.idempotency_key,
            defaults={
                "fingerprint": event.fingerprint,
                "events": [str(event_id)],
                "received_at": moment,
            },
        )
