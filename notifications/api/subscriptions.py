"""`subscriptions/`: which events go to which channel; and REST hooks, as Zapier speaks them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers

from dispatcher import signing
from dispatcher.api import fields
from dispatcher.api.resources import ResourceViewSet, StrictSerializer
from notifications import services
from notifications.events import EVERY_TYPE, Source
from notifications.models import Attachment, Channel

MAX_ID = 2**63 - 1


@extend_schema_field({"type": "integer", "minimum": 1, "maximum": MAX_ID, "example": 3})
class ChannelField(serializers.Field[Any, Any, Any, Any]):
    """A channel, by its id."""

    def to_internal_value(self, data: Any) -> Channel:
        is_id = isinstance(data, int) and not isinstance(data, bool) and 0 < data <= MAX_ID
        channel = Channel.objects.filter(pk=data).first() if is_id else None
        if channel is None:
            raise serializers.ValidationError("There is no channel of this id. Correct it.")
        return channel

    def to_representation(self, value: Channel) -> int:
        return int(value.pk)


@extend_schema_field(
    {
        "type": "array",
        "items": {"type": "string", "enum": list(Source.values)},
        "description": "None: all of them.",
        "example": ["shop", "funnel"],
    }
)
class SourcesField(serializers.Field[Any, Any, Any, Any]):
    """Any number of sources."""

    def to_internal_value(self, data: Any) -> list[str]:
        if not isinstance(data, list) or not all(one in Source.values for one in data):
            message = f"Give a list of some of {', '.join(Source.values)}; [] means all of them."
            raise serializers.ValidationError(message)
        return [str(one) for one in data]

    def to_representation(self, value: list[str]) -> list[str]:
        return value


class SubscriptionSerializer(StrictSerializer):
    """An event that is sent to a channel, or to an address of your own."""

    id = serializers.IntegerField(read_only=True)
    event = fields.Choice(choices=EVERY_TYPE)
    channel = ChannelField(required=False, help_text="Either this or target_url.")
    target_url = fields.Text(
        required=False,
        write_only=True,
        min_length=1,
        max_length=2048,
        help_text="Instead of a channel: an address that each event is posted to. A postback "
        "channel is made for it; it answers 410 Gone to end the subscription.",
    )
    signing_secret = fields.Text(
        required=False,
        write_only=True,
        max_length=255,
        help_text="With target_url: whsec_…, to have each request signed.",
    )
    sources = SourcesField(required=False, default=list)
    url = serializers.SerializerMethodField(help_text="Of a postback channel; else null.")
    rule = serializers.IntegerField(
        source="rule_id", read_only=True, help_text="What deliveries and skips name it by."
    )
    created_at = serializers.DateTimeField(read_only=True)
    updated_at = serializers.DateTimeField(read_only=True)

    @extend_schema_field({"type": ["string", "null"]})
    def get_url(self, row: Attachment) -> str | None:
        return row.channel.config.get("url") if row.channel.kind == "postback" else None

    def validate_signing_secret(self, secret: str) -> str:
        if signing.validate_secret(secret):
            raise serializers.ValidationError("Give whsec_ and 24 to 64 bytes as base64.")
        return secret


@extend_schema(tags=["Subscriptions"])
class SubscriptionViewSet(ResourceViewSet):
    """An event that is sent to a channel."""

    queryset = Attachment.objects.select_related("channel", "rule")
    serializer_class = SubscriptionSerializer

    def save(self, row: Attachment, values: Mapping[str, Any]) -> Attachment:
        """A new one is attached or subscribed; of one that is there, only the sources change."""
        if row.pk is not None:
            return self._change_sources(row, values)
        if ("target_url" in values) == (row.channel_id is not None):
            message = "Give either the id of a channel or a target_url."
            raise ValidationError({"target_url": message})
        if row.channel_id is not None:
            return self._attach(row, values)
        return services.subscribe(
            event=row.event,
            target_url=values["target_url"],
            sources=row.sources,
            signing_secret=values.get("signing_secret", ""),
            by=self.author(),
        )

    def _attach(self, row: Attachment, values: Mapping[str, Any]) -> Attachment:
        if "signing_secret" in values:
            message = "The channel has its own signing secret. Change it there."
            raise ValidationError({"signing_secret": message})
        return services.attach(
            event=row.event, channel=row.channel, sources=row.sources, by=self.author()
        )

    def _change_sources(self, row: Attachment, values: Mapping[str, Any]) -> Attachment:
        before = Attachment.objects.get(pk=row.pk)
        wrong = [name for name in ("event", "channel_id") if _differs(row, before, name)]
        wrong += [name for name in ("target_url", "signing_secret") if name in values]
        if wrong:
            message = "Only the sources can be changed. Delete this one and add another."
            raise ValidationError({name.removesuffix("_id"): message for name in wrong})
        return services.save_sources(attachment=row, sources=row.sources, by=self.author())

    def delete_row(self, row: Attachment) -> None:
        services.unsubscribe(attachment=row, by=self.author())


def _differs(row: Attachment, before: Attachment, name: str) -> bool:
    return bool(getattr(row, name) != getattr(before, name))
