"""Emits the events that facts lead to, and keeps count of them for the answer."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from dispatcher import services as dispatcher
from dispatcher.types import Emitted, NewEvent
from notifications import documents
from notifications.models import Contact, Order, Transaction
from notifications.routing import match
from notifications.seen import moment_text

ENDPOINT = "facts"
SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Scheduled:
    """An event that is going to be emitted unless something emits it before."""

    type: str
    subject: str
    due_at: datetime


@dataclass(slots=True)
class Telling:
    """The events of one fact, or of work that became due; inside the caller's transaction.

    `told` are those that were emitted, and those that had been before.
    """

    emitter: str
    moment: datetime
    told: list[Emitted] = field(default_factory=list)
    scheduled: list[Scheduled] = field(default_factory=list)

    def tell(
        self, event_type: str, *, source: str, subject: str, occurred_at: datetime, **parts: Any
    ) -> UUID:
        """Emit one event, its payload made of these parts; its id."""
        document = documents.build(event_type, source=source, occurred_at=occurred_at, **parts)
        payload = json.dumps(document, ensure_ascii=False)
        event = NewEvent(
            type=event_type,
            payload=payload,
            emitter=self.emitter,
            endpoint=ENDPOINT,
            source=source,
            subject=subject,
            occurred_at=occurred_at,
        )
        emitted = dispatcher.emit(event, match)
        self.told.append(emitted)
        return emitted.event_id

    def tell_again(self, event_id: UUID | None) -> None:
        """Answer with what was told before; nothing is emitted."""
        if event_id is not None:
            self.told.append(dispatcher.emitted(event_id))

    def schedule(self, event_type: str, *, subject: str, due_at: datetime) -> None:
        self.scheduled.append(Scheduled(event_type, subject, due_at))


def parts_of(order: Order, contact: Contact | None = None) -> dict[str, Any]:
    """What a document says of an order, its contact and its transactions."""
    who = contact or order.contact
    results = order.transactions.order_by("pk")
    return {
        "contact": contact_part(who) if who else None,
        "order": {
            **order.data,
            "reference": order.reference,
            "number": order.number or None,
            "items": order.items,
        },
        "transactions": [transaction_part(one) for one in results],
        "shipping": order.context.get("shipping"),
        "funnel": order.context.get("funnel"),
    }


def contact_part(contact: Contact) -> dict[str, Any]:
    """What a document says of a contact."""
    return {
        **contact.data,
        "reference": contact.reference,
        "email": contact.email or None,
        "name": contact.name or None,
    }


def transaction_part(row: Transaction) -> dict[str, Any]:
    """What a document says of a transaction."""
    return {
        **row.data,
        "reference": row.reference,
        "type": row.kind,
        "status": row.status,
        "occurred_at": row.data.get("occurred_at") or moment_text(row.occurred_at),
    }
