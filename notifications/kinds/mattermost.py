"""Mattermost: incoming webhooks of a server somebody runs."""

from __future__ import annotations

from notifications.kinds.chat import WebhookKind


class Mattermost(WebhookKind):
    """https://developers.mattermost.com/integrate/webhooks/incoming/."""

    name = "mattermost"
    label = "Mattermost"
    icon = "forum"
    how_to = (
        "In Mattermost: Product menu → Integrations → Incoming Webhooks → Add, choose the "
        "channel, then copy the URL."
    )
    path = "/hooks/"
    example = "https://chat.example.com/hooks/…"
