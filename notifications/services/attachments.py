"""Channels attached to events: attached, their sources changed, detached."""

from __future__ import annotations

from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from dispatcher import services as dispatcher
from dispatcher.configuration import saving
from dispatcher.configuration.saving import Author
from notifications import kinds
from notifications.events import EVERY_TYPE, POSTBACK_ONLY, Source
from notifications.models import Attachment, Channel
from notifications.services.routes import RULE_KIND, refresh_route

_LABELS = dict(EVERY_TYPE)


@transaction.atomic
def attach(
    *, event: str, channel: Channel, sources: Sequence[str] = (), by: Author = None
) -> Attachment:
    """Send this event to this channel from now on, for these sources (none: for all).

    Raises ValidationError keyed by field (`event`, `channel`, `sources`).
    """
    check_attachable(event=event, channel=channel)
    attachment = Attachment(event=event, channel=channel, sources=_clean(sources))
    _check_not_attached(attachment)
    attachment.rule = dispatcher.create_rule(kind=RULE_KIND, name=channel.name, owner=channel.owner)
    try:
        with transaction.atomic():
            saving.save(attachment, by=by)
    except IntegrityError:  # the loser of a race
        _check_not_attached(attachment)
        raise
    refresh_route(attachment, by=by)
    return attachment


def check_attachable(*, event: str, channel: Channel) -> None:
    """Raise ValidationError, keyed by field, where this channel cannot be sent this event."""
    if event not in _LABELS:
        known = ", ".join(value for value, _ in EVERY_TYPE)
        raise ValidationError({"event": f"There is no such event. Choose one of {known}."})
    if event in POSTBACK_ONLY and not kinds.kind(channel.kind).is_postback:
        message = (
            f"“{_LABELS[event]}” is sent to postback channels only, and {channel.name} is "
            f"{kinds.kind(channel.kind).label}. Choose a postback channel."
        )
        raise ValidationError({"channel": message})


def _clean(sources: Sequence[str]) -> list[str]:
    """These sources in their usual order, each once."""
    unknown = [one for one in sources if one not in Source.values]
    if unknown:
        message = f"Choose among {', '.join(Source.values)}; none chosen means all of them."
        raise ValidationError({"sources": message})
    return [one for one in Source.values if one in sources]


def _check_not_attached(attachment: Attachment) -> None:
    same = Attachment.objects.filter(event=attachment.event, channel=attachment.channel)
    if same.exists():
        message = "This channel is attached to the event already. Change its sources instead."
        raise ValidationError({"channel": message})


@transaction.atomic
def save_sources(
    *, attachment: Attachment, sources: Sequence[str], by: Author = None
) -> Attachment:
    """Send the event for these sources (none: for all); counts from the next event on.

    Raises ValidationError on `sources`, ChangedMeanwhileError when somebody else was faster.
    """
    cleaned = _clean(sources)
    saving.take(attachment)
    attachment.sources = cleaned
    saving.save(attachment, by=by)
    return attachment


@transaction.atomic
def detach(*, attachment: Attachment, by: Author = None) -> int:
    """Send this event to this channel no longer; what still waits is canceled (the count).

    The rule is archived, so that the ledgers go on showing what was sent.
    """
    canceled = dispatcher.archive_rule(
        attachment.rule_id, reason="The channel was detached from the event."
    )
    saving.remember(attachment, by=by)
    attachment.delete()
    return canceled


def resume(*, attachment: Attachment) -> None:
    """Go on sending after a pause (its receiver answered 410, or somebody paused the rule)."""
    dispatcher.resume_rule(attachment.rule_id)
