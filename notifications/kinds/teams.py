"""Microsoft Teams: the webhook of a workflow."""

from __future__ import annotations

from notifications.kinds.chat import WebhookKind


class Teams(WebhookKind):
    """https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors."""

    name = "teams"
    label = "Microsoft Teams"
    icon = "groups"
    how_to = (
        "In Teams: the channel's … menu → Workflows → “Post to a channel when a webhook request "
        "is received”, then copy the address it shows at the end."
    )
    hosts = ("logic.azure.com", "powerplatform.com", "powerautomate.com", "webhook.office.com",
             "logic.azure.us", "powerplatform.us")  # fmt: skip
    path = "/"
    example = "https://….logic.azure.com/workflows/…/triggers/manual/paths/invoke?…"
