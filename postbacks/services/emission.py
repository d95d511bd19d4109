"""Order events go in: checked, their customers found, stored with what they cause."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from difflib import get_close_matches
from functools import partial
from typing import Any, TypeVar, TypeVarTuple

from django.core.exceptions import ValidationError
from django.db import connection

from dispatcher import services as dispatcher
from dispatcher.types import Emitted, IdempotencyConflictError, NewEvent
from postbacks import payloads
from postbacks.events import EventType
from postbacks.routing import match

ENDPOINT = "order-events"
MAX_KEY = 255  # Event.idempotency_key

_CUSTOMERS = """
    SELECT reference_id, id, is_active FROM postbacks_customer WHERE reference_id IN ({references})
"""
_TYPES = frozenset(EventType.values)

_Read = TypeVar("_Read")
_Values = TypeVarTuple("_Values")

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
    wanted = [reference for reference in references if payloads.is_storable(reference)]
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
    _collect(errors, _check_type, item.type)
    customer = _collect(errors, _customer_of, item.customer, customers)
    _collect(errors, _check_key, item.key)
    occurred_at = _collect(errors, _in_utc, item.occurred_at)
    payload = _collect(errors, payloads.parse_payload, item.payload)
    subject = item.subject.strip() or payloads.default_subject(payload or {})
    _collect(errors, payloads.check_subject, subject)
    if errors or customer is None or payload is None:
        raise ValidationError(errors)
    mark = item.key and payloads.fingerprint(
        type=item.type,
        customer=item.customer,
        payload=payload,
        occurred_at=occurred_at,
        subject=subject,
    )
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


def _collect(
    errors: dict[str, list[Any]], check: Callable[[*_Values], _Read], *values: *_Values
) -> _Read | None:
    """What the check gives; None where it raises ValidationError, which is added to `errors`."""
    try:
        return check(*values)
    except ValidationError as error:
        error.update_error_dict(errors)
        return None


def _customer_of(reference: str, customers: Mapping[str, _Known]) -> _Known:
    if reference not in customers:
        raise ValidationError({"customer": _unknown_customer(reference)})
    return customers[reference]


def _check_type(event_type: str) -> None:
    if event_type in _TYPES:
        return
    near = get_close_matches(event_type, EventType.values, n=1, cutoff=0.8)
    hint = f"Did you mean {near[0]}?" if near else f"Choose one of {', '.join(EventType.values)}."
    raise ValidationError({"type": f"{_quote(event_type)} is not an order event. {hint}"})


def _unknown_customer(reference: str) -> str:
    if not reference:
        return "Name the customer by its reference ID."
    return (
        f"No customer has the reference ID {_quote(reference)}. "
        "Create the customer first, or correct the reference."
    )


def _quote(text: str) -> str:
    return f"“{text[:80].encode(errors='replace').decode()}”".replace("\x00", "?")


def _check_key(key: str | None) -> None:
    if key and (len(key) > MAX_KEY or not key.isprintable()):
        message = f"The key must be printable text of {MAX_KEY} characters at most."
        raise ValidationError({"id": message})


def _in_utc(moment: datetime | None) -> datetime | None:
    if moment is None:
        return None
    if moment.tzinfo is None:
        message = "Give the time with its zone, as 2026-03-01T09:30:00Z."
        raise ValidationError({"occurred_at": message})
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        message = "This time is outside the calendar. Correct it."
        raise ValidationError({"occurred_at": message}) from None
