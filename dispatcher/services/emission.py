"""An event goes in: stored with its deliveries and skips in one transaction (design section 3)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.db import transaction

from dispatcher import queue, sql
from dispatcher.ids import uuid7
from dispatcher.models import Delivery, Event, Skip
from dispatcher.types import (
    Emitted,
    EmittedDelivery,
    IdempotencyConflictError,
    Match,
    NewEvent,
    Plan,
    SkipMatch,
)

Matcher = Callable[[Sequence[NewEvent]], Sequence[Plan]]
"""Finds what each of these events causes, in their order; called inside emit's transaction."""

_EVENT_FIELDS = (
    "id", "type", "payload", "source", "subject", "owner", "occurred_at", "received_at",
    "emitter", "endpoint", "idempotency_key", "fingerprint", "is_test",
)  # fmt: skip
_DELIVERY_FIELDS = (
    "uid", "event", "route", "rule", "destination", "owner", "ordering_key", "state", "outcome",
    "due_at", "is_parked", "attempts_made", "round_start", "claims", "fence", "created_at",
    "is_test", "resend_of",
)  # fmt: skip

_insert_events = sql.Insert(Event, _EVENT_FIELDS, skip_conflicts=True, returning="id")
_insert_deliveries = sql.Insert(Delivery, _DELIVERY_FIELDS)
_insert_skips = sql.Insert(Skip, ("event", "rule", "reason"), skip_conflicts=True)


class _Stored(NamedTuple):
    id: UUID
    event: NewEvent
    received_at: datetime


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
    candidates = [_Stored(uuid7(), event, received_at) for event in events]
    with transaction.atomic():
        inserted = _insert(candidates)
        fresh = [stored for stored in candidates if stored.id in inserted]
        answers = _plan(fresh, match)
        answers |= _find_earlier([stored for stored in candidates if stored.id not in inserted])
        if any(stored.id in answers for stored in fresh):
            transaction.on_commit(queue.ring)
    return [answers[stored.id] for stored in candidates]


def _insert(candidates: Sequence[_Stored]) -> set[UUID]:
    """Insert what is new; sorted by key, so that two batches never wait for each other."""
    ordered = sorted(candidates, key=lambda stored: stored.event.idempotency_key or "")
    return {sql.to_uuid(value) for value in _insert_events([_event_row(row) for row in ordered])}


def _event_row(stored: _Stored) -> sql.Row:
    event = stored.event
    occurred_at = event.occurred_at or stored.received_at
    return (
        stored.id, event.type, event.payload, event.source, event.subject, event.owner,
        occurred_at, stored.received_at, event.emitter, event.endpoint, event.idempotency_key,
        event.fingerprint, event.is_test,
    )  # fmt: skip


def _plan(
    fresh: Sequence[_Stored], match: Matcher
) -> dict[UUID, Emitted | IdempotencyConflictError]:
    answers: dict[UUID, Emitted | IdempotencyConflictError] = {}
    deliveries: list[sql.Row] = []
    skips: list[sql.Row] = []
    plans = match([stored.event for stored in fresh]) if fresh else []
    for stored, plan in zip(fresh, plans, strict=True):
        made = [(uuid7(), matched) for matched in plan.matches]
        deliveries += [delivery_row(uid, stored, matched) for uid, matched in made]
        skips += [(stored.id, skip.rule_id, skip.reason) for skip in plan.skips]
        answers[stored.id] = Emitted(
            event_id=stored.id,
            type=stored.event.type,
            is_duplicate=False,
            deliveries=[
                EmittedDelivery(uid, matched.rule_id, Delivery.State.PENDING.value)
                for uid, matched in made
            ],
            skips=plan.skips,
        )
    if deliveries:
        _insert_deliveries(deliveries)
    if skips:
        _insert_skips(skips)
    return answers


def delivery_row(uid: UUID, stored: _Stored, matched: Match) -> sql.Row:
    event = stored.event
    due_at = stored.received_at + timedelta(seconds=matched.delay)
    ordering_key = event.subject if matched.is_ordered else ""
    return (
        uid, stored.id, matched.route_id, matched.rule_id, matched.destination_id, event.owner,
        ordering_key, Delivery.State.PENDING.value, "", due_at, False, 0, 0, 0, 0,
        stored.received_at, event.is_test, None,
    )  # fmt: skip


def _find_earlier(
    repeated: Sequence[_Stored],
) -> dict[UUID, Emitted | IdempotencyConflictError]:
    """The answers for events whose key exists: what was done then, or a conflict."""
    answers: dict[UUID, Emitted | IdempotencyConflictError] = {}
    for stored in repeated:
        event = stored.event
        earlier = Event.objects.get(
            emitter=event.emitter, endpoint=event.endpoint, idempotency_key=event.idempotency_key
        )
        if earlier.fingerprint == event.fingerprint:
            answers[stored.id] = describe(earlier)
        else:
            answers[stored.id] = IdempotencyConflictError(event.idempotency_key or "")
    return answers


def describe(event: Event) -> Emitted:
    """What a stored event caused, in the form of a duplicate's answer."""
    deliveries: Iterable[tuple[UUID, int, str]] = event.deliveries.order_by("id").values_list(
        "uid", "rule_id", "state"
    )
    skips: Iterable[tuple[int, str]] = event.skips.order_by("id").values_list("rule_id", "reason")
    return Emitted(
        event_id=event.id,
        type=event.type,
        is_duplicate=True,
        deliveries=[EmittedDelivery(*row) for row in deliveries],
        skips=[SkipMatch(*row) for row in skips],
    )
