"""Rocket.Chat: incoming webhooks of a server somebody runs."""

from __future__ import annotations

from notifications.kinds.chat import WebhookKind


class RocketChat(WebhookKind):
    """https://docs.rocket.chat/docs/integrations."""

    name = "rocketchat"
    label = "Rocket.Chat"
    icon = "rocket_launch"
    how_to = (
        "In Rocket.Chat: Administration → Workspace → Integrations → New → Incoming, choose the "
        "channel, save, then copy the Webhook URL."
    )
    path = "/hooks/"
    example = "https://chat.example.com/hooks/…/…"
