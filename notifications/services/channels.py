"""Channels: saved with their secrets apart, switched off and on, deleted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from dispatcher import services as dispatcher
from dispatcher.configuration import saving
from dispatcher.configuration.errors import InUseError
from dispatcher.configuration.saving import Author
from notifications import kinds
from notifications.events import POSTBACK_ONLY
from notifications.models import Channel
from notifications.services.routes import refresh_routes

_HELD = "The channel is inactive."
_NAMED = 3


@transaction.atomic
def save_channel(
    *, channel: Channel, secret: Mapping[str, Any] | None = None, by: Author = None
) -> Channel:
    """Save a new or changed channel; from the next event on it is sent to by this configuration.

    `secret` holds secret values by their name in the channel's kind: one that is not there, or
    None, keeps what is stored, "" removes it. Made inactive, what waits for it is held.
    Raises ValidationError keyed by field, ChangedMeanwhileError when somebody else was faster.
    """
    before = saving.take(channel)
    channel.name = channel.name.strip()
    stored = before.secret if before and before.kind == channel.kind else {}
    parts: list[dict[str, Any]] = []
    saving.check(
        channel,
        lambda: _check_name(channel),
        lambda: _check_kind(channel, before),
        lambda: parts.extend(_check_config(channel, secret or {}, stored)),
        exclude={"config", "secret"},
    )
    channel.config, channel.secret = parts
    saving.save(channel, by=by)
    refresh_routes(_attached(channel), by=by)
    if before is not None and before.is_active != channel.is_active:
        _hold_or_release(channel)
    return channel


def _check_name(channel: Channel) -> None:
    if not channel.name:
        raise ValidationError({"name": "Give the channel a name."})


def _check_kind(channel: Channel, before: Channel | None) -> None:
    if channel.kind not in kinds.KINDS:
        raise ValidationError({"kind": f"Choose one of {', '.join(kinds.KINDS)}."})
    if before is None or kinds.kind(channel.kind).is_postback:
        return
    held = before.attachments.filter(event__in=POSTBACK_ONLY)
    if held.exists():
        names = ", ".join(sorted(str(one.get_event_display()) for one in held))
        message = f"Detach it from “{names}” first: only postbacks can be sent that."
        raise ValidationError({"kind": message})


def _check_config(
    channel: Channel, given: Mapping[str, Any], stored: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    if channel.kind not in kinds.KINDS:
        return {}, {}  # said above
    if not isinstance(channel.config, Mapping):
        raise ValidationError({"config": 'Give an object, as {"url": "https://…"}.'})
    return kinds.kind(channel.kind).check(channel.config, given, stored=stored)


def _attached(channel: Channel) -> Any:
    return channel.attachments.select_related("rule", "channel")


def _hold_or_release(channel: Channel) -> None:
    """What waits is held while the channel is inactive; a pause by failures ends as well."""
    for rule_id in channel.attachments.values_list("rule_id", flat=True):
        if channel.is_active:
            dispatcher.resume_rule(rule_id)
        else:
            dispatcher.pause_rule(rule_id, reason=_HELD)


@transaction.atomic
def set_channel_active(*, channel: Channel, is_active: bool, by: Author = None) -> Channel:
    """Switch a channel on or off, as it is stored."""
    channel.refresh_from_db()
    channel.is_active = is_active
    return save_channel(channel=channel, by=by)


@transaction.atomic
def delete_channel(*, channel: Channel, by: Author = None) -> None:
    """Delete a channel that is attached to nothing.

    Raises InUseError, in words that say what to do first.
    """
    if reason := why_channel_stays(channel=channel):
        raise InUseError(reason)
    saving.remember(channel, by=by)
    channel.delete()


def why_channel_stays(*, channel: Channel) -> str:
    """Why it cannot be deleted now, in words that say what to do first; empty when it can."""
    attached = list(channel.attachments.order_by("pk")[: _NAMED + 1])
    if not attached:
        return ""
    names = ", ".join(f"“{one.get_event_display()}”" for one in attached[:_NAMED])
    more = " and others" if len(attached) > _NAMED else ""
    return (
        f"{channel.name} is attached to {names}{more}. Detach it there first, or make it "
        "inactive: then nothing is sent to it."
    )
