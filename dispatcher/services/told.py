"""What became of events: for those who emitted them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from dispatcher import sql
from dispatcher.models import Event
from dispatcher.services.emission import describe
from dispatcher.types import Emitted


def emitted(event_id: UUID) -> Emitted:
    """What this event caused, in the form of a duplicate's answer.

    An event that was purged is answered without deliveries.
    """
    event = Event.objects.filter(pk=event_id).first()
    if event is None:
        return Emitted(event_id, "", is_duplicate=True, deliveries=(), skips=())
    return describe(event)


def known_keys(*, emitter: str, endpoint: str, keys: Iterable[str]) -> dict[str, tuple[UUID, str]]:
    """The events stored under these keys, each with its fingerprint; at most one query."""
    wanted = list(keys)
    if not wanted:
        return {}
    found = Event.objects.filter(emitter=emitter, endpoint=endpoint, idempotency_key__in=wanted)
    rows = found.values_list("idempotency_key", "id", "fingerprint")
    return {key or "": (event_id, mark) for key, event_id, mark in rows}


_LAST = """
    SELECT CAST(%s AS text), (
        SELECT e.received_at FROM dispatcher_event e
        WHERE e.type = %s AND NOT e.is_test ORDER BY e.id DESC LIMIT 1)
"""


def last_events(types: Sequence[str]) -> dict[str, datetime]:
    """When the newest real event of each of these types was received; one look into an index each.

    Types without any are left out.
    """
    if not types:
        return {}
    statement = " UNION ALL ".join([_LAST] * len(types))
    rows = sql.fetch(statement, [one for name in types for one in (name, name)])
    return {name: sql.to_time(moment) for name, moment in rows if moment is not None}
