"""Slack: incoming webhooks."""

from __future__ import annotations

from notifications.kinds.chat import WebhookKind


class Slack(WebhookKind):
    """https://api.slack.com/messaging/webhooks."""

    name = "slack"
    label = "Slack"
    icon = "tag"
    how_to = (
        "In Slack: Apps → Incoming Webhooks → Add to Slack, choose the channel, then copy the "
        "Webhook URL."
    )
    hosts = ("hooks.slack.com", "hooks.slack-gov.com")
    path = "/services/"
    example = "https://hooks.slack.com/services/T…/B…/…"
