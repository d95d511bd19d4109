"""Sections of the file: channels, which events go to them, and what the messages say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from config.transfer.section import Section
from dispatcher.api import fields
from dispatcher.api.resources import ResourceViewSet, StrictSerializer
from notifications import services
from notifications.api.channels import ChannelViewSet
from notifications.api.subscriptions import SubscriptionViewSet
from notifications.events import EVERY_TYPE
from notifications.models import MessageTemplate, SystemEvent


class _SwitchSerializer(StrictSerializer):
    event = fields.Choice(choices=EVERY_TYPE)
    is_on = fields.Flag()


class _Switches(ResourceViewSet):
    """The switch of an event: there is one for each, whether or not it was ever touched."""

    queryset = SystemEvent.objects.all()
    serializer_class = _SwitchSerializer

    def save(self, row: SystemEvent, values: Mapping[str, Any]) -> SystemEvent:
        return services.switch_event(event=row.event, is_on=row.is_on, by=self.author())

    def delete_row(self, row: SystemEvent) -> None:
        """What the file does not speak of is as it was in the beginning: on."""
        services.switch_event(event=row.event, is_on=True, by=self.author())


def _switches() -> list[SystemEvent]:
    there = {row.event: row for row in SystemEvent.objects.all()}
    return [
        there.get(event) or SystemEvent(pk=-number, event=event)
        for number, (event, _) in enumerate(EVERY_TYPE, start=1)
    ]


class _MessageSerializer(StrictSerializer):
    event = fields.Choice(choices=EVERY_TYPE)
    title = fields.Text(max_length=1000, required=False, allow_blank=True, default="")
    text = serializers.CharField(
        required=False, allow_blank=True, default="", trim_whitespace=False
    )
    html = serializers.CharField(
        required=False, allow_blank=True, default="", trim_whitespace=False
    )


class _Messages(ResourceViewSet):
    """What an operator wrote instead of what the service comes with."""

    queryset = MessageTemplate.objects.all()
    serializer_class = _MessageSerializer

    def save(self, row: MessageTemplate, values: Mapping[str, Any]) -> MessageTemplate:
        if row.pk is None:  # it may be there with nothing in it
            there = services.written_message(row.event)
            there.title, there.text, there.html = row.title, row.text, row.html
            row = there
        return services.save_message(message=row, by=self.author())

    def delete_row(self, row: MessageTemplate) -> None:
        services.reset_message(event=row.event, by=self.author())


def _written() -> list[MessageTemplate]:
    rows = MessageTemplate.objects.order_by("pk")
    return [row for row in rows if row.title or row.text or row.html]


SECTIONS: tuple[Section, ...] = (
    Section(name="channels", resource=ChannelViewSet, identity=lambda row: row.name),
    Section(
        name="event_switches",
        resource=_Switches,
        identity=lambda row: row.event,
        find=_switches,
    ),
    Section(
        name="event_channels",
        resource=SubscriptionViewSet,
        identity=lambda row: f"{row.event} {row.channel.name}",
        references={"channel": "channels"},
        unique_by=(("event", "channel"),),
    ),
    Section(
        name="event_messages",
        resource=_Messages,
        identity=lambda row: row.event,
        unique_by=(("event",),),
        texts=("text", "html"),
        find=_written,
    ),
)
