"""System events that developers emit directly (spec section 6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from difflib import get_close_matches
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from dispatcher import checks
from dispatcher import services as dispatcher
from dispatcher.types import Emitted, IdempotencyConflictError, NewEvent
from notifications.events import EventType
from notifications.models import Contact, Order, Transaction
from notifications.routing import match
from notifications.seen import (
    ContactSeen,
    OrderSeen,
    TransactionSeen,
    contact_in,
    named,
    order_in,
    transactions_in,
)
from notifications.services import echoes
from notifications.services.known import Known
from notifications.services.sources import read_source

ENDPOINT = "system-events"
_TYPES = frozenset(EventType.values)
_KINDS, _STATES = Transaction.Kind, Transaction.Status
_TOLD_RESULTS: Mapping[str, tuple[tuple[str, ...], str]] = {
    EventType.TRANSACTION_APPROVED: ((_KINDS.PURCHASE,), _STATES.APPROVED),
    EventType.TRANSACTION_DECLINED: ((_KINDS.PURCHASE,), _STATES.DECLINED),
    EventType.REFUND_APPLIED: ((_KINDS.REFUND, _KINDS.VOID), _STATES.APPROVED),
}
"""Which transactions an event tells about: the fact of one of these then tells nothing more."""

Result = Emitted | IdempotencyConflictError | ValidationError


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSystemEvent:
    """An item of `POST system-events/`; `payload` is JSON text and is stored as it is."""

    type: str
    source: str
    payload: str = field(repr=False)
    key: str | None = None
    occurred_at: datetime | None = None


@dataclass(slots=True)
class _Item:
    """An event on its way in, with what its payload says and the rows that are meant."""

    event: NewEvent
    order_seen: OrderSeen | None
    contact_seen: ContactSeen | None
    transactions: list[TransactionSeen]
    order: Order | None = None
    contact: Contact | None = None

    @property
    def once(self) -> tuple[str, int] | None:
        """What it may be told about once only; None for events that may come any number of times.

        An order is completed once, a contact becomes a customer once.
        """
        if self.event.type == EventType.ORDER_COMPLETED and self.order is not None:
            return "order", self.order.pk
        if self.event.type == EventType.CUSTOMER_CREATED and self.contact is not None:
            return "contact", self.contact.pk
        return None

    @property
    def told(self) -> Any:
        """The id of the event that told it before; None if none did."""
        kind = self.once
        if kind is None:
            return None
        if kind[0] == "order":
            return self.order.completed_event if self.order else None
        return self.contact.customer_event if self.contact else None


def emit_system_event(*, item: NewSystemEvent, emitter: str, endpoint: str = ENDPOINT) -> Emitted:
    """Store one event with its deliveries and skips, and what it says about order and contact.

    A known key changes nothing, nor does a second “order completed” of an order or “customer
    created” of a contact: it is answered as a duplicate. Raises ValidationError keyed by field
    (`type`, `source`, `payload`, `id`, `occurred_at`), IdempotencyConflictError for a key that
    came with another body before.
    """
    result = emit_system_events(items=[item], emitter=emitter, endpoint=endpoint)[0]
    if isinstance(result, Emitted):
        return result
    raise result


def emit_system_events(
    *, items: Sequence[NewSystemEvent], emitter: str, endpoint: str = ENDPOINT
) -> list[Result]:
    """Store many in one transaction; for each, in order, what was done or why it was refused."""
    results: list[Result | _Item] = []
    for item in items:
        try:
            results.append(_read(item, emitter, endpoint))
        except ValidationError as error:
            results.append(error)
    read = [one for one in results if isinstance(one, _Item)]
    stored = iter(_store(read) if read else ())
    return [next(stored) if isinstance(one, _Item) else one for one in results]


def _read(item: NewSystemEvent, emitter: str, endpoint: str) -> _Item:
    """The item as it is stored. Raises ValidationError naming every wrong field."""
    errors: dict[str, list[Any]] = {}
    checks.collect(errors, _check_type, item.type)
    source = checks.collect(errors, read_source, item.source)
    checks.collect(errors, checks.check_key, item.key)
    occurred_at = checks.collect(errors, checks.in_utc, item.occurred_at)
    payload = checks.collect(errors, checks.parse_payload, item.payload)
    if errors or payload is None or source is None:
        raise ValidationError(errors)
    order, contact = order_in(payload, source), contact_in(payload, source)
    mark = item.key and checks.fingerprint(item.type, source, payload, occurred_at)
    event = NewEvent(
        type=item.type,
        payload=item.payload,
        emitter=emitter,
        endpoint=endpoint,
        source=source,
        subject=subject_of(payload, order, contact),
        occurred_at=occurred_at,
        idempotency_key=item.key or None,
        fingerprint=mark or "",
    )
    return _Item(event, order, contact, transactions_in(payload))


def _check_type(event_type: str) -> None:
    if event_type in _TYPES:
        return
    near = get_close_matches(event_type, EventType.values, n=1, cutoff=0.8)
    hint = f"Did you mean {near[0]}?" if near else f"Choose one of {', '.join(EventType.values)}."
    raise ValidationError({"type": f"{checks.quote(event_type)} is not a system event. {hint}"})


def subject_of(
    payload: Mapping[str, Any], order: OrderSeen | None, contact: ContactSeen | None
) -> str:
    """`order:…` where an order is named, else `subscription:…` or `contact:…`."""
    if order is not None:
        return f"order:{order.reference}"
    nested = payload.get("subscription")
    if isinstance(nested, Mapping) and (reference := named(nested)):
        return f"subscription:{reference}"
    if contact is not None:
        return f"contact:{contact.reference or contact.email}"[: checks.MAX_SUBJECT]
    return ""


@transaction.atomic
def _store(items: Sequence[_Item]) -> list[Emitted | IdempotencyConflictError]:
    """Emit what is new; what was told before is answered with the event that told it."""
    moment = timezone.now()
    earlier = echoes.find([one.event for one in items])
    fresh = [one for one, known in zip(items, earlier, strict=True) if known is None]
    _know(fresh, moment)
    first: dict[tuple[str, int], _Item] = {}
    new = [one for one in fresh if one.told is None and _is_first(one, first)]
    emitted = dict(zip(map(id, new), _emit(new, moment), strict=True))
    return [
        known or emitted.get(id(one)) or _answer_again(one, moment)
        for one, known in zip(items, earlier, strict=True)
    ]


def _is_first(item: _Item, first: dict[tuple[str, int], _Item]) -> bool:
    """Whether no earlier item of this batch tells the same thing that may be told once."""
    return item.once is None or first.setdefault(item.once, item) is item


def _know(items: Sequence[_Item], moment: datetime) -> None:
    """Find or make, lock and refresh the rows of the orders and contacts that are named."""
    known = Known(
        orders=[one.order_seen for one in items if one.order_seen],
        contacts=[one.contact_seen for one in items if one.contact_seen],
        moment=moment,
    )
    joined: list[Order] = []
    for one in items:
        one.order = known.order(one.order_seen) if one.order_seen else None
        one.contact = known.contact(one.contact_seen) if one.contact_seen else None
        if one.order and one.contact and one.order.contact_id is None:
            one.order.contact = one.contact
            joined.append(one.order)
    _save(joined, "contact")
    rows = [row for one in items if one.order for row in _transactions(one, one.order, moment)]
    if rows:
        Transaction.objects.bulk_create(rows, ignore_conflicts=True)


def _transactions(item: _Item, order: Order, moment: datetime) -> list[Transaction]:
    return [
        Transaction(
            order=order,
            reference=seen.reference,
            kind=seen.kind,
            status=seen.status,
            amount=seen.amount,
            currency=seen.currency,
            data=seen.data,
            occurred_at=item.event.occurred_at or moment,
        )
        for seen in item.transactions
    ]


def _emit(items: Sequence[_Item], moment: datetime) -> list[Emitted | IdempotencyConflictError]:
    outcomes = dispatcher.emit_many([one.event for one in items], match) if items else []
    told = [
        (one, outcome.event_id)
        for one, outcome in zip(items, outcomes, strict=True)
        if isinstance(outcome, Emitted) and not outcome.is_duplicate
    ]
    _mark(told, moment)
    return outcomes


def _mark(told: Sequence[tuple[_Item, UUID]], moment: datetime) -> None:
    """Remember, in the events' transaction, what was told."""
    completed: list[Order] = []
    customers: list[Contact] = []
    saved: list[Contact] = []
    for item, event_id in told:
        happened_at = item.event.occurred_at or moment
        contact, order = item.contact, item.order
        if item.event.type == EventType.ORDER_COMPLETED and order is not None:
            order.completed_at, order.completed_event = happened_at, event_id
            order.complete_due_at = None
            completed.append(order)
        elif item.event.type == EventType.CUSTOMER_CREATED and contact is not None:
            contact.customer_at, contact.customer_event = happened_at, event_id
            customers.append(contact)
        elif item.event.type == EventType.CONTACT_CREATED and contact is not None:
            contact.saved_at = contact.saved_at or happened_at
            saved.append(contact)
        elif item.event.type in _TOLD_RESULTS and order is not None:
            _mark_result(item, order, event_id)
    _save(completed, "completed_at", "completed_event", "complete_due_at")
    _save(customers, "customer_at", "customer_event")
    _save(saved, "saved_at")


def _mark_result(item: _Item, order: Order, event_id: UUID) -> None:
    kind, status = _TOLD_RESULTS[item.event.type]
    Transaction.objects.filter(
        order=order,
        reference__in=[seen.reference for seen in item.transactions],
        kind__in=kind,
        status=status,
        event=None,
    ).update(event=event_id)


def _save(rows: Sequence[Order] | Sequence[Contact], *names: str) -> None:
    """These fields of these rows: one statement for those that get the same values.

    (`bulk_update` takes longer to write its statement than the database to run one for each.)
    """
    same: dict[tuple[Any, ...], list[Any]] = {}
    for row in rows:
        same.setdefault(tuple(getattr(row, name) for name in names), []).append(row.pk)
    for values, keys in same.items():
        changes = dict(zip(names, values, strict=True))
        type(rows[0])._default_manager.filter(pk__in=keys).update(  # noqa: SLF001 - Django's API
            **changes, updated_at=timezone.now()
        )


def _answer_again(item: _Item, moment: datetime) -> Emitted | IdempotencyConflictError:
    """What was done when it was told; the key of this second telling is kept, too."""
    known = echoes.find([item.event])[0]  # of the same batch
    if known is not None:
        return known
    if item.told is None:  # the first of this batch met a conflict
        return IdempotencyConflictError(item.event.idempotency_key or "")
    again = dispatcher.emitted(item.told)
    echoes.keep(item.event, again.event_id, moment)
    return again
