"""An event goes in: stored with its deliveries and skips in one transaction (design section 3)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.db import transaction

from dispatcher import queue, sql
from dispatcher.ids import uuid7
from dispatcher.models import Delivery, Event, Skip
from dispatcher.types import (
    Emitted,
    EmittedDelivery,
    IdempotencyConflictError,
    NewEvent,
    Plan,
    SkipMatch,
)

Matcher = Callable[[Sequence[NewEvent]], Sequence[Plan]]
"""Finds what each of these events causes, in their order.

Rules may change before the events are stored: what matters then is looked at again when a
delivery is claimed."""

_EVENT_FIELDS = (
    "id", "type", "payload", "source", "subject", "owner", "occurred_at", "received_at",
    "emitter", "endpoint", "idempotency_key", "fingerprint", "is_test",
)  # fmt: skip
_DELIVERY_FIELDS = (
    "uid", "event", "route", "rule", "destination", "owner", "type", "ordering_key", "state",
    "outcome", "due_at", "is_parked", "attempts_made", "round_start", "claims", "fence",
    "created_at", "is_test", "resend_of",
)  # fmt: skip

MOST_PARAMETERS = 60_000  # the protocol's limit is 65,535

_insert_events = sql.Insert(Event, _EVENT_FIELDS, skip_conflicts=True, returning="id")
_insert_deliveries = sql.Insert(Delivery, _DELIVERY_FIELDS)
_insert_skips = sql.Insert(Skip, ("event", "rule", "reason"), skip_conflicts=True)


class _Candidate(NamedTuple):
    id: UUID
    event: NewEvent
    received_at: datetime
    plan: Plan
    delivery_ids: Sequence[UUID]


def emit(event: NewEvent, match: Matcher) -> Emitted:
    """Store one event and what it causes, or find what the same key caused before.

    Everything is committed when this returns (or with the caller's transaction); a worker is
    then called. Raises IdempotencyConflictError when the key came with another body before.
    """
    result = emit_many([event], match)[0]
    if isinstance(result, IdempotencyConflictError):
        raise result
    return result


def emit_many(
    events: Sequence[NewEvent], match: Matcher
) -> list[Emitted | IdempotencyConflictError]:
    """Store many events in one transaction; an answer for each, in their order."""
    received_at = sql.now()
    plans = match(events) if events else []
    candidates = [
        _Candidate(uuid7(), event, received_at, plan, [uuid7() for _ in plan.matches])
        for event, plan in zip(events, plans, strict=True)
    ]
    inserted = _store(candidates) if candidates else set()
    if any(one.id in inserted and one.plan.matches for one in candidates):
        transaction.on_commit(queue.ring)
    return [_describe(one) if one.id in inserted else _find_earlier(one) for one in candidates]


def _store(candidates: Sequence[_Candidate]) -> set[UUID]:
    """Insert what is new with all it causes, atomically; the ids of the events that are new."""
    store = _store_at_once if sql.is_postgresql() else _store_in_turn
    return {sql.to_uuid(value) for value in store(candidates)}


def _by_key(candidates: Sequence[_Candidate]) -> list[_Candidate]:
    """Events are inserted in the order of their keys, so that two batches never wait for each
    other; deliveries in the order in which they were given, since that is the order they keep.
    """
    return sorted(candidates, key=lambda one: one.event.idempotency_key or "")


def _store_at_once(candidates: Sequence[_Candidate]) -> list[Any]:
    """PostgreSQL: one statement, a transaction by itself; for large batches a few in one."""
    parts = list(_parts(candidates))
    if len(parts) == 1:
        return _store_part(parts[0])
    with transaction.atomic():
        return [id_ for part in parts for id_ in _store_part(part)]


def _parts(candidates: Sequence[_Candidate]) -> Iterator[list[_Candidate]]:
    """As many at a time as PostgreSQL takes parameters for."""
    part: list[_Candidate] = []
    room = MOST_PARAMETERS
    for one in candidates:
        needed = len(_EVENT_FIELDS) + len(_DELIVERY_FIELDS) * len(one.plan.matches)
        needed += 3 * len(one.plan.skips)
        if part and needed > room:
            yield part
            part, room = [], MOST_PARAMETERS
        part.append(one)
        room -= needed
    yield part


def _store_part(candidates: Sequence[_Candidate]) -> list[Any]:
    deliveries = [row for one in candidates for row in _delivery_rows(one)]
    skips = [row for one in candidates for row in _skip_rows(one)]
    parts = [f"e AS ({_insert_events.statement(len(candidates))})"]
    is_new = "v.event_id IN (SELECT id FROM e)"
    if deliveries:
        parts.append(f"d AS ({_insert_deliveries.statement_where(len(deliveries), is_new)})")
    if skips:
        parts.append(f"s AS ({_insert_skips.statement_where(len(skips), is_new)})")
    rows = [*map(_event_row, _by_key(candidates)), *deliveries, *skips]
    statement = f"WITH {', '.join(parts)} SELECT id FROM e"  # noqa: S608 - no input
    return [row[0] for row in sql.fetch(statement, sql.flatten(rows))]


def _store_in_turn(candidates: Sequence[_Candidate]) -> list[Any]:
    """SQLite: a statement for each table, in one transaction."""
    with transaction.atomic():
        inserted = _insert_events([_event_row(one) for one in _by_key(candidates)])
        ids = {sql.to_uuid(value) for value in inserted}
        fresh = [one for one in candidates if one.id in ids]
        _insert_deliveries([row for one in fresh for row in _delivery_rows(one)])
        _insert_skips([row for one in fresh for row in _skip_rows(one)])
    return inserted


def _event_row(one: _Candidate) -> sql.Row:
    event = one.event
    occurred_at = event.occurred_at or one.received_at
    return (
        one.id, event.type, event.payload, event.source, event.subject, event.owner,
        occurred_at, one.received_at, event.emitter, event.endpoint, event.idempotency_key,
        event.fingerprint, event.is_test,
    )  # fmt: skip


def _delivery_rows(one: _Candidate) -> list[sql.Row]:
    event = one.event
    return [
        (
            uid, one.id, matched.route_id, matched.rule_id, matched.destination_id, event.owner,
            event.type, event.subject if matched.is_ordered else "", Delivery.State.PENDING.value,
            "", one.received_at + timedelta(seconds=matched.delay), False, 0, 0, 0, 0,
            one.received_at, event.is_test, None,
        )
        for uid, matched in zip(one.delivery_ids, one.plan.matches, strict=True)
    ]  # fmt: skip


def _skip_rows(one: _Candidate) -> list[sql.Row]:
    return [(one.id, skip.rule_id, skip.reason) for skip in one.plan.skips]


def _describe(one: _Candidate) -> Emitted:
    pending = Delivery.State.PENDING.value
    return Emitted(
        event_id=one.id,
        type=one.event.type,
        is_duplicate=False,
        deliveries=[
            EmittedDelivery(uid, matched.rule_id, pending)
            for uid, matched in zip(one.delivery_ids, one.plan.matches, strict=True)
        ],
        skips=one.plan.skips,
    )


def _find_earlier(one: _Candidate) -> Emitted | IdempotencyConflictError:
    """The answer for an event whose key exists: what was done then, or a conflict."""
    event = one.event
    earlier = Event.objects.get(
        emitter=event.emitter, endpoint=event.endpoint, idempotency_key=event.idempotency_key
    )
    if earlier.fingerprint == event.fingerprint:
        return describe(earlier)
    return IdempotencyConflictError(event.idempotency_key or "")


def emitted_earlier(event_ids: Sequence[UUID]) -> dict[UUID, Emitted]:
    """What these events caused, as it is now, by event; those that were purged are left out."""
    events = Event.objects.filter(pk__in=event_ids).defer("payload")
    return {event.pk: describe(event) for event in events.prefetch_related("deliveries", "skips")}


def describe(event: Event) -> Emitted:
    """What a stored event caused, in the form of a duplicate's answer."""
    deliveries = sorted(event.deliveries.all(), key=lambda row: row.pk)
    skips = sorted(event.skips.all(), key=lambda row: row.pk)
    return Emitted(
        event_id=event.id,
        type=event.type,
        is_duplicate=True,
        deliveries=[EmittedDelivery(row.uid, row.rule_id, row.state) for row in deliveries],
        skips=[SkipMatch(row.rule_id, row.reason) for row in skips],
    )
