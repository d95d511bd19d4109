"""The order events a developer may emit, each with a realistic sample (spec section 2)."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from django.db.models import TextChoices

_SAMPLES = Path(__file__).parent / "samples"


class EventType(TextChoices):
    """The types of `POST /api/v1/order-events/` (spec section 6)."""

    ORDER_RECEIVED = "order_received", "Order received"
    ORDER_FAILED = "order_failed", "Order failed"
    ORDER_CANCELED = "order_canceled", "Order canceled"
    ORDER_RETURNED = "order_returned", "Order returned"
    ORDER_PRODUCED = "order_produced", "Order produced"
    ORDER_DELIVERED = "order_delivered", "Order delivered"
    ORDER_SHIPPED = "order_shipped", "Order shipped"
    ORDER_IN_TRANSIT = "order_in_transit", "Order in transit"
    PACKAGE_STATUS_UPDATED = "package_status_updated", "Package status updated"
    ORDER_DELAYED = "order_delayed", "Order delayed"


@cache
def sample_payload(event_type: str) -> str:
    """The sample of this event type: indented JSON text. Raises ValueError for another type."""
    return (_SAMPLES / f"{EventType(event_type).value}.json").read_text(encoding="utf-8")
