"""REST hooks: programs that subscribe an address of theirs to an event, as Zapier does."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib.auth.models import User
from django.db import transaction

from dispatcher.configuration import saving
from dispatcher.configuration.saving import Author
from notifications.models import Attachment, Channel
from notifications.services.attachments import attach, detach, save_sources
from notifications.services.channels import delete_channel, save_channel

_MAX_NAME = 255


@transaction.atomic
def subscribe(
    *,
    event: str,
    target_url: str,
    sources: Sequence[str] = (),
    signing_secret: str = "",
    by: Author,
) -> Attachment:
    """Post this event to this address from now on.

    Makes a postback channel of the caller's, or takes the one with this address; subscribed
    already, it is the same subscription with these sources. Raises ValidationError keyed by field
    (`event`, `target_url`, `sources`, `signing_secret`).
    """
    owner = saving.known(by)
    channel = _channel_of(owner, target_url.strip())
    if channel is None:
        channel = Channel(
            name=f"Subscription: {target_url.strip()}"[:_MAX_NAME],
            kind="postback",
            config={"url": target_url.strip()},
            subscriber=owner,
        )
        save_channel(channel=channel, secret={"signing_secret": signing_secret or None}, by=by)
    elif signing_secret:
        save_channel(channel=channel, secret={"signing_secret": signing_secret}, by=by)
    existing = channel.attachments.select_related("channel", "rule").filter(event=event).first()
    if existing is not None:
        return save_sources(attachment=existing, sources=sources, by=by)
    return attach(event=event, channel=channel, sources=sources, by=by)


def _channel_of(owner: User | None, url: str) -> Channel | None:
    if owner is None:
        return None
    mine = Channel.objects.filter(kind="postback", subscriber=owner)
    return next((one for one in mine.order_by("pk") if one.config.get("url") == url), None)


@transaction.atomic
def unsubscribe(*, attachment: Attachment, by: Author = None) -> None:
    """Send no longer; a channel that a program made for itself goes with its last event."""
    channel = attachment.channel
    detach(attachment=attachment, by=by)
    if channel.subscriber_id is not None and not channel.attachments.exists():
        delete_channel(channel=channel, by=by)
