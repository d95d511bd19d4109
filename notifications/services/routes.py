"""Keeps the route of each attached channel what its configuration says."""

from __future__ import annotations

import json
from collections.abc import Iterable

from django.urls import reverse

from dispatcher import services as dispatcher
from dispatcher.configuration import saving
from dispatcher.configuration.saving import Author
from notifications.models import Attachment, Channel
from notifications.routing import compile_attachment

RULE_KIND = "channel"


def refresh_route(attachment: Attachment, *, by: Author) -> None:
    """Give the rule the route, credentials and name of the present configuration.

    What does not change what is sent makes no new route.
    """
    arguments, credentials = compile_attachment(attachment)
    rule = attachment.rule
    rule.refresh_from_db(fields=["credentials"])
    if dict(credentials) != dict(rule.credentials):
        dispatcher.save_credentials(rule, credentials)
    dispatcher.save_route(rule=rule, by=saving.known(by), **arguments)
    channel = attachment.channel
    dispatcher.update_rule(
        rule.pk, name=rule_name(attachment), owner=channel.owner, link=link_to(channel)
    )


def is_current(attachment: Attachment) -> bool:
    """Whether the rule's route and credentials are what compiling would give now."""
    arguments, credentials = compile_attachment(attachment)
    route = attachment.rule.route
    if route is None or dict(credentials) != dict(attachment.rule.credentials):
        return False
    stored = [route.transport, route.spec, route.retry_policy, route.made_from]
    wanted = [arguments[name] for name in ("transport", "spec", "retry_policy", "made_from")]
    return bool(json.loads(json.dumps(wanted)) == stored)


def refresh_routes(attachments: Iterable[Attachment], *, by: Author) -> None:
    """The same for each of these."""
    for attachment in attachments:
        refresh_route(attachment, by=by)


def rule_name(attachment: Attachment) -> str:
    """What the ledgers call it, as “Shop Slack: Order completed”."""
    return f"{attachment.channel.name}: {attachment.get_event_display()}"[:255]


def link_to(channel: Channel) -> str:
    """The channel's page. Not reversed as a whole: links must not need the registration."""
    return f"{reverse('admin:index')}notifications/channel/{channel.pk}/change/"
