"""A realistic document of each event, to try templates, tests and subscribers with."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import cache
from typing import Any

from notifications.documents.build import build
from notifications.events import EventType, Source

_AT = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
_ADDRESS = {
    "name": "Ann Lindqvist",
    "line1": "Storgatan 12",
    "city": "Malmö",
    "postal_code": "211 34",
    "country": "SE",
}
_CONTACT = {
    "reference": "C-2041",
    "email": "ann@example.com",
    "name": "Ann Lindqvist",
    "first_name": "Ann",
    "last_name": "Lindqvist",
    "phone": "+46 40 123 456",
    "language": "sv",
    "address": _ADDRESS,
    "created_at": "2026-02-27T18:04:11Z",
}
_ITEMS = [
    {
        "reference": "course-letterpress",
        "name": "Letterpress for beginners (video course)",
        "quantity": 1,
        "price": "49.00",
        "is_digital": True,
    },
    {
        "reference": "kit-starter",
        "name": "Starter kit",
        "quantity": 2,
        "price": "35.50",
        "is_digital": False,
    },
]
_ORDER = {
    "reference": "PO-1001",
    "number": "1001",
    "placed_at": "2026-03-01T09:29:41Z",
    "currency": "EUR",
    "total": "120.00",
    "items": _ITEMS,
}
_APPROVED = {
    "reference": "tx-88121",
    "type": "purchase",
    "status": "approved",
    "amount": "120.00",
    "currency": "EUR",
    "gateway": "Stripe",
    "message": "Approved",
    "occurred_at": "2026-03-01T09:29:58Z",
}
_DECLINED = _APPROVED | {
    "reference": "tx-88120",
    "status": "declined",
    "message": "Insufficient funds",
    "occurred_at": "2026-03-01T09:28:10Z",
}
_REFUND = _APPROVED | {
    "reference": "tx-88377",
    "type": "refund",
    "amount": "35.50",
    "message": None,
    "occurred_at": "2026-03-04T14:02:00Z",
}
_FUNNEL = {
    "reference": "spring-course",
    "name": "Spring course",
    "step": "checkout",
    "url": "https://shop.example.com/spring/checkout",
}
_SHIPPING = {
    "carrier": "PostNord",
    "method": "Standard",
    "tracking_number": "00370729200123456789",
    "tracking_url": "https://tracking.example.com/00370729200123456789",
    "status": "in transit",
    "address": _ADDRESS,
}
_SUBSCRIPTION = {
    "reference": "sub-311",
    "name": "Paper club",
    "status": "canceled",
    "amount": "19.00",
    "currency": "EUR",
    "interval": "month",
    "canceled_at": "2026-03-01T09:30:00Z",
    "reason": "Too expensive",
}
_SURVEY = {
    "reference": "survey-12",
    "name": "How did you find us?",
    "completed_at": "2026-03-01T09:30:00Z",
    "answers": [
        {"question": "Where did you hear of us?", "answer": "A friend"},
        {"question": "How likely are you to recommend us (0 to 10)?", "answer": 9},
    ],
}
_PRODUCT = {
    "reference": "course-letterpress",
    "name": "Letterpress for beginners (video course)",
    "price": "49.00",
    "owned_since": "2025-11-12T08:00:00Z",
    "earlier_order": "PO-0744",
}

_bought: dict[str, Any] = {"contact": _CONTACT, "order": _ORDER}
_FACTS: dict[EventType, tuple[Source, dict[str, Any]]] = {
    EventType.ORDER_COMPLETED: (
        Source.FUNNEL,
        _bought | {"transactions": [_DECLINED, _APPROVED], "funnel": _FUNNEL},
    ),
    EventType.CONTACT_CREATED: (Source.FUNNEL, {"contact": _CONTACT, "funnel": _FUNNEL}),
    EventType.TRACKING_UPDATED: (
        Source.SHOP,
        _bought | {"transactions": [_APPROVED], "shipping": _SHIPPING},
    ),
    EventType.PRODUCT_CONFLICT: (
        Source.SHOP,
        _bought | {"transactions": [_APPROVED], "product": _PRODUCT},
    ),
    EventType.TRANSACTION_DECLINED: (
        Source.FUNNEL,
        _bought | {"transaction": _DECLINED, "transactions": [_DECLINED], "funnel": _FUNNEL},
    ),
    EventType.REFUND_APPLIED: (
        Source.ADMIN,
        _bought | {"transaction": _REFUND, "transactions": [_APPROVED, _REFUND]},
    ),
    EventType.SUBSCRIPTION_CANCELED: (
        Source.SHOP,
        {"contact": _CONTACT, "subscription": _SUBSCRIPTION},
    ),
    EventType.CUSTOMER_CREATED: (
        Source.SHOP,
        _bought | {"transaction": _APPROVED, "transactions": [_APPROVED]},
    ),
    EventType.TRANSACTION_APPROVED: (
        Source.ADMIN,
        _bought | {"transaction": _APPROVED, "transactions": [_DECLINED, _APPROVED]},
    ),
    EventType.SURVEY_COMPLETED: (
        Source.FUNNEL,
        {"contact": _CONTACT, "survey": _SURVEY, "funnel": _FUNNEL},
    ),
}


def sample(event: str) -> dict[str, Any]:
    """The sample of this event, valid by its schema. Raises ValueError for another event."""
    source, facts = _FACTS[EventType(event)]
    return build(event, source=source, occurred_at=_AT, **facts)


@cache
def sample_payload(event: str) -> str:
    """The sample as indented JSON text, as a page shows it."""
    return json.dumps(sample(event), indent=2, ensure_ascii=False)
