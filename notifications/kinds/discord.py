"""Discord: webhooks of a channel."""

from __future__ import annotations

from notifications.kinds.chat import WebhookKind


class Discord(WebhookKind):
    """https://discord.com/developers/docs/resources/webhook#execute-webhook."""

    name = "discord"
    label = "Discord"
    icon = "sports_esports"
    how_to = (
        "In Discord: the channel's settings → Integrations → Webhooks → New Webhook, then Copy "
        "Webhook URL."
    )
    hosts = ("discord.com", "discordapp.com")
    path = "/api/"
    example = "https://discord.com/api/webhooks/…/…"
