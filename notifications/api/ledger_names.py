"""What the ledgers' filters must know of system notifications."""

from __future__ import annotations

from notifications.events import EventType, OperationalType

EVENT_TYPES: tuple[str, ...] = (*EventType.values, *OperationalType.values)


def find_channel(reference: str) -> str | None:
    """The owner of this channel's id, or one written as `channel:12`; None for what is no id.

    A channel that was deleted can still be asked for: what it was sent is there.
    """
    kind, _, key = reference.rpartition(":")
    if kind not in {"", "channel"} or not (key.isascii() and key.isdigit() and len(key) <= 18):
        return None
    return f"channel:{int(key)}"
