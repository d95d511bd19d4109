"""Many order events at once: each stands for itself, and together they cost what one costs."""

from __future__ import annotations

import factories
import pytest

from dispatcher.models import Event
from dispatcher.types import Emitted, IdempotencyConflictError
from postbacks import services

pytestmark = pytest.mark.django_db

EMITTER = "user:1"


def test_one_bad_item_does_not_sink_the_rest(refused):
    trigger = factories.trigger()
    items = [
        factories.order_event(trigger.customer),
        factories.order_event("nobody"),
        factories.order_event(trigger.customer, type="order_failed"),
    ]

    first, second, third = services.emit_order_events(items=items, emitter=EMITTER)

    assert isinstance(first, Emitted)
    assert isinstance(third, Emitted)
    assert len(first.deliveries) == 1
    with refused(customer="nobody"):
        raise second


def test_a_key_twice_in_one_batch_is_one_event_and_a_conflict_is_its_items_own():
    customer = factories.customer()
    items = [
        factories.order_event(customer, key="k"),
        factories.order_event(customer, key="k"),
        factories.order_event(customer, key="k", payload="{}"),
    ]

    first, second, third = services.emit_order_events(items=items, emitter=EMITTER)

    assert second.event_id == first.event_id
    assert second.is_duplicate
    assert isinstance(third, IdempotencyConflictError)


def test_a_batch_of_nothing_valid_stores_nothing():
    results = services.emit_order_events(items=[factories.order_event("nobody")], emitter=EMITTER)

    assert len(results) == 1
    assert not Event.objects.exists()


def test_a_batch_takes_no_more_statements_than_one_event(django_assert_max_num_queries):
    customers = [factories.trigger().customer for _ in range(4)]
    items = [factories.order_event(customer) for customer in customers for _ in range(5)]

    # customers, events, match, deliveries; the doorbell and savepoints of the test's transaction
    with django_assert_max_num_queries(6):
        results = services.emit_order_events(items=items, emitter=EMITTER)

    assert sum(len(result.deliveries) for result in results) == 20
