"""The shapes of system events' bodies and answers, for the OpenAPI document."""

from __future__ import annotations

import json
from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter
from rest_framework import serializers

from dispatcher.api import fields
from dispatcher.api.shapes import AnyObject, text
from notifications.documents import sample_payload
from notifications.events import EVERY_TYPE, EventType
from notifications.services.sources import NAMES

TYPE = OpenApiParameter(
    "type",
    {"type": "string", "enum": [value for value, _ in EVERY_TYPE]},
    OpenApiParameter.PATH,
    description="The event's type.",
)


class SystemEventShape(serializers.Serializer[Any]):
    """One of the ten events."""

    type = serializers.ChoiceField(choices=EventType.choices)
    vars()["source"] = serializers.ChoiceField(  # the serializer has a property of this name
        choices=NAMES, help_text="Which of your systems it belongs to; a quote belongs to admin."
    )
    payload = AnyObject(
        help_text="Passed on exactly as it is received. Its order and contact are kept for the "
        "Orders page: order.reference, contact.reference, contact.email."
    )
    id = text(
        required=False,
        allow_null=True,
        min_length=1,
        max_length=255,
        help_text="Idempotency key: a repeated one is answered as a duplicate.",
    )
    occurred_at = serializers.DateTimeField(
        required=False, allow_null=True, help_text="With its zone. Now, when left out."
    )


def system_event_examples() -> list[OpenApiExample]:
    """A body for each type, with its sample payload."""
    return [
        OpenApiExample(
            name=event_type,
            summary=str(label),
            request_only=True,
            value={
                "type": event_type,
                "source": "funnel",
                "payload": json.loads(sample_payload(event_type)),
            },
        )
        for event_type, label in EventType.choices
    ]


BATCH_REQUEST: dict[str, Any] = {
    "type": "array",
    "maxItems": 1000,
    "items": {"$ref": "#/components/schemas/SystemEventRequest"},
}
_RESULT = {
    "allOf": [
        {"$ref": "#/components/schemas/Emitted"},
        {"type": "object", "required": ["status"], "properties": {"status": {"const": 202}}},
    ]
}
BATCH_ANSWER: dict[str, Any] = {
    "type": "array",
    "items": {"oneOf": [_RESULT, {"$ref": "#/components/schemas/Problem"}]},
}
SAMPLES: dict[str, Any] = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["id", "received_at", "payload"],
        "properties": {
            "id": {"type": ["string", "null"], "description": "Of the event; null of a sample."},
            "received_at": {"type": ["string", "null"], "format": "date-time"},
            "payload": {"type": "object", "additionalProperties": True},
        },
    },
}


class SwitchShape(serializers.Serializer[Any]):
    """An event, its switch and what became of it."""

    type = serializers.ChoiceField(choices=EVERY_TYPE)
    name = text()
    fires_when = text()
    is_on = serializers.BooleanField()
    channels = serializers.IntegerField(help_text="How many are attached.")
    last_fired_at = serializers.DateTimeField(allow_null=True)
    is_operational = serializers.BooleanField(help_text="Emitted by this service about itself.")
    postback_only = serializers.BooleanField(help_text="Sent to postback channels only.")


def is_on() -> fields.Flag:
    """The switch."""
    return fields.Flag(help_text="Switched off, an event keeps its channels.")
