"""What the ledgers' filters must know of order postbacks."""

from __future__ import annotations

from postbacks.events import EventType
from postbacks.models import Customer

EVENT_TYPES: tuple[str, ...] = tuple(EventType.values)


def find_customer(reference: str) -> str | None:
    """The owner of this reference ID, or of an owner written out as `customer:12`."""
    kind, _, key = reference.partition(":")
    if kind == "customer" and key.isascii() and key.isdigit() and len(key) <= 18:
        return reference
    customer = Customer.objects.filter(reference_id=reference).only("pk").first()
    return customer.owner if customer else None
