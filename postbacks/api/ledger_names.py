"""What the ledgers' filters must know of order postbacks."""

from __future__ import annotations

from postbacks.events import EventType
from postbacks.models import Customer

EVENT_TYPES: tuple[str, ...] = tuple(EventType.values)


def find_customer(reference: str) -> str | None:
    """The owner of this reference ID, else of this id; or an owner written as `customer:12`."""
    kind, _, key = reference.partition(":")
    if kind == "customer" and _is_id(key):
        return reference
    customers = Customer.objects.only("pk")
    customer = customers.filter(reference_id=reference).first()
    if customer is None and _is_id(reference):
        customer = customers.filter(pk=int(reference)).first()
    return customer.owner if customer else None


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 18
