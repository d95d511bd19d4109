"""Sending by hand, to see what a channel gets."""

from __future__ import annotations

from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction

from dispatcher import checks
from dispatcher import services as dispatcher
from dispatcher.configuration import saving
from dispatcher.configuration.saving import Author
from dispatcher.types import Match, NewEvent, Plan
from notifications import kinds
from notifications.events import EVERY_TYPE, POSTBACK_ONLY, EventType, Source
from notifications.models import Attachment, Channel
from notifications.routing import compile_attachment
from notifications.seen import contact_in, order_in
from notifications.services.emission import subject_of
from notifications.services.messages import sample_of
from notifications.services.routes import link_to

ENDPOINT = "channel-test"
_RULE_KIND = "channel test"


@transaction.atomic
def test_channel(  # a verb of ours, not one of pytest's tests
    *,
    channel: Channel,
    event: str = "",  # noqa: PT028
    payload: str = "",  # noqa: PT028
    by: Author = None,  # noqa: PT028
) -> UUID:
    """Send one message to this channel by its saved configuration; the id of the delivery.

    `event` decides what it says (the first that the channel is attached to, else order
    completed), `payload` is JSON text (empty: the event's sample). Inactive channels may be
    tested. Nothing is retried. Raises ValidationError keyed by field.
    """
    channel = Channel.objects.get(pk=channel.pk)
    event = event or _usual_event(channel)
    _check_event(event, channel)
    text = payload or sample_of(event)
    content = checks.parse_payload(text)
    rule = dispatcher.rule_for_tests(
        kind=_RULE_KIND, name=f"Tests of {channel.name}"[:255], link=link_to(channel)
    )
    dispatcher.update_rule(rule.pk, name=rule.name, owner=channel.owner, link=rule.link)
    arguments, credentials = compile_attachment(Attachment(event=event, channel=channel))
    arguments["retry_policy"] = {"delays": []}
    if dict(credentials) != dict(rule.credentials):
        dispatcher.save_credentials(rule, credentials)
    route = dispatcher.save_route(rule=rule, by=saving.known(by), **arguments)
    subject = subject_of(content, order_in(content, ""), contact_in(content, ""))
    checks.check_subject(subject)
    new = NewEvent(
        type=event,
        payload=text,
        emitter=f"user:{by.pk}" if by and by.pk else "system",
        endpoint=ENDPOINT,
        source=source if (source := content.get("source")) in Source.values else "",
        subject=subject,
        is_test=True,
    )
    match = Match(rule_id=rule.pk, route_id=route.pk, destination_id=route.destination_id)
    return dispatcher.emit(new, lambda _: [Plan(matches=[match])]).deliveries[0].id


def _usual_event(channel: Channel) -> str:
    attached = channel.attachments.order_by("pk").values_list("event", flat=True).first()
    return str(attached or EventType.ORDER_COMPLETED.value)


def _check_event(event: str, channel: Channel) -> None:
    if event not in dict(EVERY_TYPE):
        known = ", ".join(value for value, _ in EVERY_TYPE)
        raise ValidationError({"event": f"There is no such event. Choose one of {known}."})
    if event in POSTBACK_ONLY and not kinds.kind(channel.kind).is_postback:
        raise ValidationError({"event": "This event is sent to postback channels only."})
