"""What is old and has ended is deleted; what waits, and keys that still count, are kept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import ledger
import pytest

from dispatcher import services
from dispatcher.models import Attempt, Delivery, Event, Purge, Request, Skip
from dispatcher.retention import clean_up, purge
from dispatcher.types import NewEvent, Plan

NOW = datetime.now(UTC)


@pytest.fixture(autouse=True)
def _retention(db, settings):
    settings.RETENTION_DAYS = 90
    settings.IDEMPOTENCY_DAYS = 30


@pytest.fixture
def trigger():
    return ledger.trigger()


def days_later(time_machine, days):
    time_machine.move_to(NOW + timedelta(days=days), tick=False)


def clean_everything():
    batches = 0
    while clean_up():
        batches += 1
        assert batches < 100
    return batches


def rows():
    return [model.objects.count() for model in (Event, Delivery, Request, Attempt)]


def test_after_the_retention_time_all_of_it_is_gone(trigger, time_machine):
    for number in range(3):
        ledger.delivery(number, attempts=2)
    days_later(time_machine, 91)

    clean_everything()

    assert rows() == [0, 0, 0, 0]


def test_a_day_earlier_nothing_is(trigger, time_machine):
    ledger.delivery(1)
    before = rows()
    days_later(time_machine, 89)

    clean_everything()

    assert rows() == before


def test_zero_days_mean_never(trigger, time_machine, settings):
    settings.RETENTION_DAYS = 0
    ledger.delivery(1)
    before = rows()
    days_later(time_machine, 4000)

    assert clean_everything() == 0
    assert rows() == before


def test_what_still_waits_is_kept_with_its_event(trigger, time_machine):
    ledger.delivery(1, state="pending", attempts=1)
    ledger.delivery(2, state="failed")
    days_later(time_machine, 1000)

    clean_everything()

    assert Delivery.objects.get().state == "pending"
    assert Event.objects.get().payload != ""
    assert Attempt.objects.count() == 1


def test_many_go_in_batches_and_a_round_ends(trigger, time_machine, monkeypatch):
    monkeypatch.setattr(purge, "BATCH", 2)
    for number in range(5):
        ledger.delivery(number)
    days_later(time_machine, 91)

    assert clean_everything() == 3 + 3  # deliveries, then events
    assert rows() == [0, 0, 0, 0]
    progress = Purge.objects.get()
    assert (progress.deliveries, progress.events) == (5, 5)
    assert clean_up() is False  # until the next round is due


def test_the_next_round_finds_what_became_old_meanwhile(trigger, time_machine):
    ledger.delivery(1)
    clean_everything()
    days_later(time_machine, 91)

    clean_everything()

    assert rows() == [0, 0, 0, 0]


def test_a_resend_outlives_what_it_came_from(trigger, time_machine):
    old = ledger.delivery(1)
    days_later(time_machine, 80)
    copy = services.resend_current(Delivery.objects.get(pk=old.pk))
    Delivery.objects.filter(pk=copy.pk).update(state="delivered")
    days_later(time_machine, 91)

    clean_everything()

    copy.refresh_from_db()
    assert copy.resend_of_id is None
    assert Event.objects.count() == 1


def emit(key):
    event = NewEvent(
        type="order_shipped", payload='{"a": 1}', emitter="user:1", endpoint="order-events",
        idempotency_key=key, fingerprint="f",
    )  # fmt: skip
    return services.emit(event, lambda events: [Plan() for _ in events])


def test_a_key_outlives_the_payload_where_it_has_to(time_machine, settings):
    settings.RETENTION_DAYS = 7
    first = emit("key-1")
    days_later(time_machine, 8)

    clean_everything()

    assert Event.objects.get().payload == ""
    assert emit("key-1").is_duplicate
    assert emit("key-1").event_id == first.event_id


def test_after_its_own_time_the_key_is_gone_too(time_machine, settings):
    settings.RETENTION_DAYS = 7
    emit("key-1")
    days_later(time_machine, 31)

    clean_everything()

    assert not Event.objects.exists()


def test_skips_go_with_their_event(time_machine):
    ledger.trigger(status="draft")
    ledger.emit(1)
    assert Skip.objects.exists()
    days_later(time_machine, 91)

    clean_everything()

    assert not Skip.objects.exists()
    assert not Event.objects.exists()


def test_one_worker_at_a_time(trigger, time_machine):
    ledger.delivery(1)
    days_later(time_machine, 91)
    now = datetime.now(UTC)
    Purge.objects.create(pk=1, next_at=now, busy_until=now + timedelta(seconds=30))

    assert clean_up() is False
    assert Delivery.objects.exists()

    days_later(time_machine, 92)  # who was at it has died
    clean_everything()
    assert not Delivery.objects.exists()


def test_a_batch_takes_as_many_statements_whatever_it_deletes(
    trigger, time_machine, django_assert_max_num_queries
):
    for number in range(20):
        ledger.delivery(number, attempts=2)
    days_later(time_machine, 91)
    clean_up()  # makes the row that workers agree by
    Purge.objects.update(delivery_cursor=None)

    for number in range(20):
        ledger.delivery(number, attempts=2)
    days_later(time_machine, 200)
    with django_assert_max_num_queries(14):
        clean_up()
