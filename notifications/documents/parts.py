"""The parts that documents are built of: their members, in order, each with its JSON Schema."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Schema = dict[str, Any]

TEXT: Schema = {"type": ["string", "null"]}
AMOUNT: Schema = {
    "type": ["string", "number", "null"],
    "description": "As it was reported; as text it keeps its digits.",
}
CURRENCY: Schema = {"type": ["string", "null"], "description": "ISO 4217, as EUR."}
TIME: Schema = {"type": ["string", "null"], "description": "ISO 8601, as 2026-03-01T09:30:00Z."}
COUNT: Schema = {"type": ["number", "string", "null"]}
FLAG: Schema = {"type": ["boolean", "null"]}
ANYTHING: Schema = {"type": ["object", "null"], "additionalProperties": True}


def part(description: str, members: Mapping[str, Schema]) -> Schema:
    """An object whose members are all there, null where they are not known; others may follow."""
    return {
        "type": "object",
        "description": description,
        "required": list(members),
        "properties": dict(members),
        "additionalProperties": True,
    }


def _described(schema: Schema, description: str) -> Schema:
    return {**schema, "description": description}


ADDRESS = part(
    "A postal address.",
    {
        "name": TEXT,
        "company": TEXT,
        "line1": TEXT,
        "line2": TEXT,
        "city": TEXT,
        "region": TEXT,
        "postal_code": TEXT,
        "country": _described(TEXT, "ISO 3166, as DE."),
    },
)
_ADDRESS_OR_NULL: Schema = {"anyOf": [ADDRESS, {"type": "null"}]}

CONTACT = part(
    "The lead or customer.",
    {
        "reference": _described(TEXT, "How your systems name the contact."),
        "email": TEXT,
        "name": TEXT,
        "first_name": TEXT,
        "last_name": TEXT,
        "phone": TEXT,
        "language": TEXT,
        "address": _ADDRESS_OR_NULL,
        "created_at": TIME,
    },
)
ITEM = part(
    "One line of an order.",
    {
        "reference": _described(TEXT, "How your systems name the product."),
        "name": TEXT,
        "quantity": COUNT,
        "price": AMOUNT,
        "is_digital": FLAG,
    },
)
ORDER = part(
    "The order as it is known so far.",
    {
        "reference": _described(TEXT, "How your systems name the order."),
        "number": _described(TEXT, "As people see it."),
        "placed_at": TIME,
        "currency": CURRENCY,
        "total": AMOUNT,
        "items": {"type": "array", "items": ITEM},
    },
)
TRANSACTION = part(
    "The result of a purchase, refund or void.",
    {
        "reference": TEXT,
        "type": _described(TEXT, "purchase, refund or void."),
        "status": _described(TEXT, "approved or declined."),
        "amount": AMOUNT,
        "currency": CURRENCY,
        "gateway": TEXT,
        "message": _described(TEXT, "What the payment provider said."),
        "occurred_at": TIME,
    },
)
SHIPPING = part(
    "How the order is shipped.",
    {
        "carrier": TEXT,
        "method": TEXT,
        "tracking_number": TEXT,
        "tracking_url": TEXT,
        "status": TEXT,
        "address": _ADDRESS_OR_NULL,
    },
)
FUNNEL = part(
    "The funnel that the order or contact came through.",
    {"reference": TEXT, "name": TEXT, "step": TEXT, "url": TEXT},
)
SUBSCRIPTION = part(
    "The contact's subscription.",
    {
        "reference": TEXT,
        "name": TEXT,
        "status": TEXT,
        "amount": AMOUNT,
        "currency": CURRENCY,
        "interval": _described(TEXT, "As month."),
        "canceled_at": TIME,
        "reason": TEXT,
    },
)
ANSWER = part("One answer.", {"question": TEXT, "answer": {}})
SURVEY = part(
    "The survey that was finished.",
    {
        "reference": TEXT,
        "name": TEXT,
        "completed_at": TIME,
        "answers": {"type": "array", "items": ANSWER},
    },
)
PRODUCT = part(
    "The digital product that the customer owned already.",
    {
        "reference": TEXT,
        "name": TEXT,
        "price": AMOUNT,
        "owned_since": TIME,
        "earlier_order": _described(TEXT, "The order that it was bought with before."),
    },
)

LISTS: Mapping[str, Schema] = {"items": ITEM, "answers": ANSWER}
"""What the members that are lists hold."""

PARTS: Mapping[str, Schema] = {
    "contact": CONTACT,
    "order": ORDER,
    "transaction": TRANSACTION,
    "shipping": SHIPPING,
    "funnel": FUNNEL,
    "subscription": SUBSCRIPTION,
    "survey": SURVEY,
    "product": PRODUCT,
}
"""What every document holds, null where it does not apply; `transactions` comes besides."""
