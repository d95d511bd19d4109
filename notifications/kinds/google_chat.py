"""Google Chat: webhooks of a space."""

from __future__ import annotations

from notifications.kinds.chat import WebhookKind


class GoogleChat(WebhookKind):
    """https://developers.google.com/workspace/chat/quickstart/webhooks."""

    name = "google_chat"
    label = "Google Chat"
    icon = "forum"
    how_to = (
        "In Google Chat: the space's menu → Apps & integrations → Add webhooks, then copy its "
        "address."
    )
    hosts = ("chat.googleapis.com",)
    path = "/v1/spaces/"
    example = "https://chat.googleapis.com/v1/spaces/…/messages?key=…&token=…"
