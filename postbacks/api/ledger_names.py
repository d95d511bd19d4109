"""What the ledgers' filters must know of order postbacks."""

from __future__ import annotations

from dispatcher.keys import as_key, find_row
from postbacks.events import EventType
from postbacks.models import Customer

EVENT_TYPES: tuple[str, ...] = tuple(EventType.values)


def find_customer(reference: str) -> str | None:
    """The owner of this reference ID, else of this id; or an owner written as `customer:12`."""
    kind, _, key = reference.partition(":")
    if kind == "customer" and as_key(key) is not None:
        return reference
    customers = Customer.objects.only("pk")
    customer = customers.filter(reference_id=reference).first()
    if customer is None:
        customer = find_row(customers, reference)
    return customer.owner if customer else None
