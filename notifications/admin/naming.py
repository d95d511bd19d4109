"""What the ledgers call channels and messages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.db.models import QuerySet
from django.urls import reverse

from dispatcher.console import in_use, names
from dispatcher.console.names import Name
from dispatcher.console.near_misses import NearMiss
from dispatcher.console.near_misses import register as register_near_misses
from dispatcher.console.wording import register_types
from dispatcher.keys import as_keys
from dispatcher.models import Event
from notifications.admin import finding
from notifications.events import EVERY_TYPE, EventType
from notifications.models import Attachment, Channel, SystemEvent

_LABELS = dict(EVERY_TYPE)


def name_channels(keys: Iterable[str]) -> Mapping[str, Name]:
    """Channels by primary key; one query."""
    wanted = as_keys(keys)
    return {
        str(pk): Name(name, reverse("admin:notifications_channel_change", args=[pk]))
        for pk, name in Channel.objects.filter(pk__in=wanted).values_list("pk", "name")
    }


def name_messages(keys: Iterable[str]) -> Mapping[str, Name]:
    """Messages by `<event>@<version>`; no query."""
    found = {}
    for key in keys:
        event, _, version = key.partition("@")
        if event in _LABELS:
            which = f"version {version}" if version != "0" else "as it came"
            url = reverse("admin:notifications_systemevent_versions", args=[event])
            found[key] = Name(f"Message for {_LABELS[event]}, {which}", f"{url}?number={version}")
    return found


def near_misses(event: Event) -> list[NearMiss]:
    """Active channels that this event is not attached to; few of them."""
    if event.type not in EventType.values:
        return []
    others = Channel.objects.filter(is_active=True).exclude(attachments__event=event.type)
    url = reverse("admin:notifications_systemevent_changelist")
    return [
        NearMiss(f"Channel {name}", url, "It is not attached to this event.")
        for name in others.order_by("name").values_list("name", flat=True)[:20]
    ]


def register() -> None:
    """Make the names known; once, when the admin is loaded."""
    names.register("channel", name_channels)
    names.register("message", name_messages)
    register_types(EVERY_TYPE)
    register_near_misses(near_misses)
    finding.register()
    in_use.register("notification", rules_in_use)


def rules_in_use() -> QuerySet[Attachment, int]:
    """Those of active channels, attached to events that are not switched off."""
    off = SystemEvent.objects.filter(is_on=False).values("event")
    active = Attachment.objects.filter(channel__is_active=True).exclude(event__in=off)
    return active.values_list("rule_id", flat=True)
