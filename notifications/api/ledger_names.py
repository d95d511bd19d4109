"""What the ledgers' filters must know of system notifications."""

from __future__ import annotations

from dispatcher.keys import as_key
from notifications.events import EventType, OperationalType

EVENT_TYPES: tuple[str, ...] = (*EventType.values, *OperationalType.values)


def find_channel(reference: str) -> str | None:
    """The owner of this channel's id, or one written as `channel:12`; None for what is no id.

    A channel that was deleted can still be asked for: what it was sent is there.
    """
    kind, _, text = reference.rpartition(":")
    key = as_key(text)
    return None if kind not in {"", "channel"} or key is None else f"channel:{key}"
