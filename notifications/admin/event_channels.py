"""What an event's page shows of channels: those that are attached, and those that can be."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.urls import reverse

from dispatcher.console.wording import rule_standing
from dispatcher.keys import find_row
from notifications.admin.wording import channel_standing
from notifications.events import POSTBACK_ONLY
from notifications.kinds import KINDS
from notifications.models import Attachment, Channel

CHANNELS_SHOWN = 500


def attachments(event: str) -> list[Attachment]:
    """What is attached to an event, in the order in which it was; one query, no secrets."""
    return list(
        Attachment.objects.filter(event=event)
        .select_related("channel", "rule__route__destination")
        .defer("channel__secret", "rule__credentials", "rule__route__spec")
        .order_by("pk")
    )


def choices(attached: Iterable[Attachment], event: str) -> list[dict[str, Any]]:
    """Channels that are not attached yet; those that cannot be are marked as refused."""
    taken = [one.channel_id for one in attached]
    found = Channel.objects.exclude(pk__in=taken).defer("secret", "config").order_by("name")
    return [
        {
            "pk": one.pk,
            "label": f"{one.name} ({_kind_label(one)})",
            "refused": event in POSTBACK_ONLY
            and not (one.kind in KINDS and KINDS[one.kind].is_postback),
        }
        for one in found[:CHANNELS_SHOWN]
    ]


def chosen(key: str) -> Channel:
    """The channel that the form names; raises ValidationError when it names none."""
    channel = find_row(Channel.objects.all(), key)
    if channel is None:
        raise ValidationError("Choose the channel to attach.")
    return channel


def shown(one: Attachment) -> dict[str, Any]:
    """One attached channel, as the page shows it."""
    kind = KINDS.get(one.channel.kind)
    deliveries = reverse("admin:dispatcher_delivery_changelist")
    return {
        "attachment": one,
        "dialog": f"detach-{one.pk}",
        "channel": one.channel,
        "kind": kind,
        "summary": kind.summary(one.channel.config) if kind else "",
        "standing": channel_standing(one.channel, [one.rule]),
        "is_paused": one.channel.is_active and rule_standing(one.rule).tone in {"bad", "warn"},
        "url": reverse("admin:notifications_channel_change", args=[one.channel_id]),
        "deliveries_url": f"{deliveries}?rule__id__exact={one.rule_id}",
    }


def _kind_label(channel: Channel) -> str:
    return KINDS[channel.kind].label if channel.kind in KINDS else channel.kind
