"""News from the dispatcher; called after the change was committed, wherever it was made."""

from __future__ import annotations

from typing import Any

from notifications.models import Attachment
from notifications.services import operations, subscriptions


def destination_paused(*, destination_id: int, **_: Any) -> None:
    operations.note_destination(destination_id=destination_id, is_paused=True)


def destination_resumed(*, destination_id: int, **_: Any) -> None:
    operations.note_destination(destination_id=destination_id, is_paused=False)


def deliveries_failed(*, delivery_ids: list[int], **_: Any) -> None:
    operations.note_failures(delivery_ids=delivery_ids)


def rule_paused(*, rule_id: int, is_gone: bool = False, **_: Any) -> None:
    """A program that subscribed and answers 410 Gone wants no more: that unsubscribes it."""
    if not is_gone:
        return
    subscribed = Attachment.objects.filter(rule_id=rule_id, channel__subscriber__isnull=False)
    for attachment in subscribed.select_related("channel"):
        subscriptions.unsubscribe(attachment=attachment)
