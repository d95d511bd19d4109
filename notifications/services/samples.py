"""What an event's document looks like: recent ones, else the documented one."""

from __future__ import annotations

import json
from typing import Any

from dispatcher import services as dispatcher
from notifications.services.messages import sample_of

MOST = 3


def samples(event: str) -> list[dict[str, Any]]:
    """The newest real documents of this event, newest first; while there are none, its sample.

    Each with the event's id and time, which a sample has not (null). One query.
    """
    past = dispatcher.past_events(event, limit=MOST)
    found = [
        {"id": str(one.id), "received_at": one.received_at, "payload": json.loads(one.payload)}
        for one in past
    ]
    sample = {"id": None, "received_at": None, "payload": json.loads(sample_of(event))}
    return found or [sample]
