"""The JSON Schema (2020-12) of each event's document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from notifications.documents.parts import PARTS, TRANSACTION
from notifications.events import FIRES_WHEN, EventType, Source

DIALECT = "https://json-schema.org/draft/2020-12/schema"

REQUIRED: Mapping[str, tuple[str, ...]] = {
    EventType.ORDER_COMPLETED: ("order",),
    EventType.CONTACT_CREATED: ("contact",),
    EventType.TRACKING_UPDATED: ("order", "shipping"),
    EventType.PRODUCT_CONFLICT: ("product",),
    EventType.TRANSACTION_DECLINED: ("order", "transaction"),
    EventType.REFUND_APPLIED: ("order", "transaction"),
    EventType.SUBSCRIPTION_CANCELED: ("subscription",),
    EventType.CUSTOMER_CREATED: ("contact",),
    EventType.TRANSACTION_APPROVED: ("order", "transaction"),
    EventType.SURVEY_COMPLETED: ("survey",),
}
"""The parts that are never null for an event."""


def _schema(event: EventType) -> dict[str, Any]:
    required = REQUIRED[event]
    properties: dict[str, Any] = {
        "event": {"const": event.value},
        "source": {"enum": list(Source.values), "description": "Which system it belongs to."},
        "occurred_at": {"type": "string", "description": "ISO 8601, as 2026-03-01T09:30:00Z."},
    }
    for name, part in PARTS.items():
        properties[name] = part if name in required else {"anyOf": [part, {"type": "null"}]}
    properties["transactions"] = {
        "type": ["array", "null"],
        "items": TRANSACTION,
        "description": "Every transaction of the order known so far; null without an order.",
    }
    return {
        "$schema": DIALECT,
        "title": str(event.label),
        "description": f"{FIRES_WHEN[event]} Every member is there; one that does not apply is "
        "null.",
        "type": "object",
        "required": list(properties),
        "properties": properties,
        "additionalProperties": False,
    }


SCHEMAS: Mapping[str, dict[str, Any]] = {event.value: _schema(event) for event in EventType}


def schema(event: str) -> dict[str, Any]:
    """The schema of this event's document; KeyError for another event."""
    return SCHEMAS[event]


def component_name(event: str) -> str:
    """What the OpenAPI document calls it, as `OrderCompletedDocument`."""
    return "".join(word.capitalize() for word in event.split("_")) + "Document"
