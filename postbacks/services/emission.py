"""Order events go in: checked, their customers found, stored with what they cause."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from difflib import get_close_matches
from functools import partial
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection

from dispatcher import checks
from dispatcher import services as dispatcher
from dispatcher.types import Emitted, IdempotencyConflictError, NewEvent
from postbacks.events import EventType
from postbacks.routing import match
from postbacks.subjects import default_subject

ENDPOINT = "order-events"

_CUSTOMERS = """
    SELECT reference_id, id, is_active FROM postbacks_customer WHERE reference_id IN ({references})
"""
_TYPES = frozenset(EventType.values)

Result = Emitted | IdempotencyConflictError | ValidationError


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOrderEvent:
    """An item of `POST order-events/`.

    `payload` is JSON text and is stored as it is; `customer` a reference ID; `key` the
    idempotency key; `subject` defaults to the payload's order reference.
    """

    type: str
    customer: str
    payload: str = field(repr=False)
    key: str | None = None
    occurred_at: datetime | None = None
    subject: str = ""


@dataclass(frozen=True, slots=True)
class _Known:
    owner: str
    is_active: bool


def emit_order_event(*, item: NewOrderEvent, emitter: str, endpoint: str = ENDPOINT) -> Emitted:
    """Store one order event with its deliveries and skips; a known key changes nothing.

    Raises ValidationError keyed by field (`type`, `customer`, `payload`, `id`, `occurred_at`,
    `subject`), IdempotencyConflictError for a key that came with another body before.
    """
    result = emit_order_events(items=[item], emitter=emitter, endpoint=endpoint)[0]
    if isinstance(result, Emitted):
        return result
    raise result


def emit_order_events(
    *, items: Sequence[NewOrderEvent], emitter: str, endpoint: str = ENDPOINT
) -> list[Result]:
    """Store many in one transaction; for each, in order, what was done or why it was refused."""
    customers = _find_customers({item.customer for item in items})
    results: list[Result | NewEvent] = []
    for item in items:
        try:
            results.append(_new_event(item, customers, emitter, endpoint))
        except ValidationError as error:
            results.append(error)
    events = [result for result in results if isinstance(result, NewEvent)]
    inactive = {known.owner for known in customers.values() if not known.is_active}
    stored = iter(dispatcher.emit_many(events, partial(match, inactive=inactive)) if events else [])
    return [next(stored) if isinstance(result, NewEvent) else result for result in results]


def _find_customers(references: Iterable[str]) -> dict[str, _Known]:
    """Customers by reference ID; one statement, written out as in `postbacks.routing`."""
    wanted = [reference for reference in references if checks.is_storable(reference)]
    if not wanted:
        return {}
    marks = ", ".join(["%s"] * len(wanted))
    with connection.cursor() as cursor:
        cursor.execute(_CUSTOMERS.format(references=marks), wanted)
        rows = cursor.fetchall()
    return {reference: _Known(f"customer:{pk}", bool(active)) for reference, pk, active in rows}


def _new_event(
    item: NewOrderEvent, customers: Mapping[str, _Known], emitter: str, endpoint: str
) -> NewEvent:
    """The item as the dispatcher stores it. Raises ValidationError naming every wrong field."""
    errors: dict[str, list[Any]] = {}
    checks.collect(errors, _check_type, item.type)
    customer = checks.collect(errors, _customer_of, item.customer, customers)
    checks.collect(errors, checks.check_key, item.key)
    occurred_at = checks.collect(errors, checks.in_utc, item.occurred_at)
    payload = checks.collect(errors, checks.parse_payload, item.payload)
    subject = item.subject.strip() or default_subject(payload or {})
    checks.collect(errors, checks.check_subject, subject)
    if errors or customer is None or payload is None:
        raise ValidationError(errors)
    mark = item.key and checks.fingerprint(item.type, item.customer, payload, occurred_at, subject)
    return NewEvent(
        type=item.type,
        payload=item.payload,
        emitter=emitter,
        endpoint=endpoint,
        subject=subject,
        owner=customer.owner,
        occurred_at=occurred_at,
        idempotency_key=item.key or None,
        fingerprint=mark or "",
    )


def _customer_of(reference: str, customers: Mapping[str, _Known]) -> _Known:
    if reference not in customers:
        raise ValidationError({"customer": _unknown_customer(reference)})
    return customers[reference]


def _check_type(event_type: str) -> None:
    if event_type in _TYPES:
        return
    near = get_close_matches(event_type, EventType.values, n=1, cutoff=0.8)
    hint = f"Did you mean {near[0]}?" if near else f"Choose one of {', '.join(EventType.values)}."
    raise ValidationError({"type": f"{checks.quote(event_type)} is not an order event. {hint}"})


def _unknown_customer(reference: str) -> str:
    if not reference:
        return "Name the customer by its reference ID."
    return (
        f"No customer has the reference ID {checks.quote(reference)}. "
        "Create the customer first, or correct the reference."
    )
