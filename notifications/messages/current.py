"""What an event's message says at present."""

from __future__ import annotations

from collections.abc import Mapping

from notifications.contracts import Message
from notifications.messages.ready import ready_message
from notifications.models import MessageTemplate

PARTS: Mapping[str, str] = {"title": "text", "text": "text", "html": "html"}
"""The parts of a message, each with the format that it is rendered in."""


def message_for(event: str) -> Message:
    """The templates of this event's message; one query."""
    return chosen(event, MessageTemplate.objects.filter(event=event).first())


def chosen(event: str, written: MessageTemplate | None) -> Message:
    """What an operator wrote; the parts that are empty are those the service comes with."""
    ready = ready_message(event)
    if written is None:
        return ready
    return Message(
        title=written.title or ready.title,
        text=written.text or ready.text,
        html=written.html or ready.html,
        made_from=f"message:{event}@{written.version}",
    )
