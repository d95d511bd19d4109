"""The shapes of order events' bodies and answers, for the OpenAPI document."""

from __future__ import annotations

import json
from typing import Any

from drf_spectacular.utils import OpenApiExample
from rest_framework import serializers

from dispatcher.api.shapes import AnyObject, text
from postbacks.events import EventType, sample_payload


class OrderEventShape(serializers.Serializer[Any]):
    """Something happened to an order."""

    type = serializers.ChoiceField(choices=EventType.choices)
    customer = text(help_text="The customer's reference ID.", min_length=1, max_length=128)
    payload = AnyObject(help_text="Passed on exactly as it is received.")
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
    subject = text(
        required=False,
        allow_null=True,
        allow_blank=True,
        max_length=255,
        help_text="What it is about; the payload's order reference when left out.",
    )


def order_event_examples() -> list[OpenApiExample]:
    """A body for each type, with its sample payload."""
    return [
        OpenApiExample(
            name=event_type,
            summary=str(label),
            request_only=True,
            value={
                "type": event_type,
                "customer": "studio-nord",
                "payload": json.loads(sample_payload(event_type)),
            },
        )
        for event_type, label in EventType.choices
    ]


BATCH_REQUEST: dict[str, Any] = {
    "type": "array",
    "maxItems": 1000,
    "items": {"$ref": "#/components/schemas/OrderEventRequest"},
}
BATCH_ANSWER: dict[str, Any] = {
    "type": "array",
    "items": {
        "oneOf": [
            {
                "allOf": [
                    {"$ref": "#/components/schemas/Emitted"},
                    {
                        "type": "object",
                        "required": ["status"],
                        "properties": {"status": {"const": 202}},
                    },
                ]
            },
            {"$ref": "#/components/schemas/Problem"},
        ]
    },
}
