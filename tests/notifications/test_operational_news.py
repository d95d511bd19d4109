"""News about the service itself: told once, together, and never about itself."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import notification_factories as make
import pytest
import time_machine

from dispatcher import services as dispatcher
from dispatcher.models import Delivery, Event, Heartbeat, Skip
from notifications.events import OperationalType
from notifications.models import Notice
from notifications.services import operations
from notifications.services.watching import HealthWatch

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
KINDS = OperationalType
pytestmark = pytest.mark.django_db


@pytest.fixture
def clock():
    with time_machine.travel(START, tick=False) as moving:
        yield moving


def news():
    found = Event.objects.filter(type__in=OperationalType.values).order_by("received_at")
    return [json.loads(one.payload) for one in found]


def failed(*, event="contact_created", channel=None, count=1):
    """Deliveries that failed for good, as the engine tells of them."""
    rules = make.attachment(event, channel=channel) if channel else make.attachment(event)
    for number in range(count):
        make.emit(event, {"n": number})
    mine = Delivery.objects.filter(rule=rules.rule)
    mine.update(state="failed", outcome="rejected")
    ids = list(mine.values_list("pk", flat=True))
    operations.note_failures(delivery_ids=ids)
    return ids


def test_a_destination_that_is_paused_and_resumed_is_told(
    clock, django_capture_on_commit_callbacks
):
    make.attachment(KINDS.DESTINATION_PAUSED)
    make.attachment(KINDS.DESTINATION_RESUMED)
    destination = dispatcher.destination_for("https://shop.example:443")

    with django_capture_on_commit_callbacks(execute=True):
        dispatcher.pause_destination(destination.pk)
        dispatcher.resume_destination(destination.pk)
    operations.run_due()

    paused, resumed = news()
    assert paused["event"] == "destination_paused"
    assert paused["about"] == resumed["about"] == "https://shop.example:443"
    assert paused["details"] == {"destination": "https://shop.example:443"}
    assert "works again" in resumed["message"]
    assert Delivery.objects.count() == 2


def test_what_is_said_about_a_destination_is_not_sent_there(clock):
    one = make.attachment(KINDS.DESTINATION_PAUSED)
    there = make.attachment(KINDS.DESTINATION_PAUSED, config={"url": "https://shop.example/hook"})
    destination = dispatcher.destination_for("https://shop.example:443")

    operations.note_destination(destination_id=destination.pk, is_paused=True)
    operations.run_due()

    assert Delivery.objects.get().rule_id == one.rule_id
    assert Skip.objects.get().rule_id == there.rule_id


def test_flapping_is_told_once_in_the_quiet_time_with_its_number(clock):
    make.attachment(KINDS.DESTINATION_PAUSED)
    destination = dispatcher.destination_for("https://shop.example:443")

    for _ in range(6):
        operations.note_destination(destination_id=destination.pk, is_paused=True)
        operations.run_due()
        clock.shift(timedelta(seconds=90))
    clock.shift(timedelta(seconds=120))
    operations.run_due()

    assert [one["count"] for one in news()] == [1, 5]


def test_failures_are_gathered_and_told_together(clock):
    make.attachment(KINDS.DELIVERIES_FAILED)
    failed(count=3)
    failed(event="tracking_updated", count=2)

    operations.run_due()
    assert news() == []
    clock.shift(operations.GATHER)
    operations.run_due()

    [told] = news()
    assert told["count"] == 5
    assert told["details"]["types"] == {"contact_created": 3, "tracking_updated": 2}
    assert told["message"] == "5 deliveries failed and are not tried again."


def test_failing_news_is_no_news(clock, run_pass, receiver):
    """The channel that hears of failures fails itself: it is told of once, not for ever."""
    make.attachment(KINDS.DELIVERIES_FAILED, config={"url": f"{receiver.url}/status/400"})
    failed()

    for _ in range(5):
        clock.shift(timedelta(hours=1))
        operations.run_due()
        run_pass()

    assert len(news()) == 1
    assert Delivery.objects.get(event__type="deliveries_failed").state == "failed"
    assert not Notice.objects.filter(due_at__isnull=False).exists()


def test_failed_tests_are_no_news(clock):
    make.attachment(KINDS.DELIVERIES_FAILED)
    make.attachment("contact_created")
    make.emit("contact_created", {"n": 1})
    Delivery.objects.update(state="failed", is_test=True)

    operations.note_failures(delivery_ids=list(Delivery.objects.values_list("pk", flat=True)))

    assert not Notice.objects.exists()


def test_without_anybody_to_tell_nothing_is_noted():
    failed()
    operations.note_backlog(overdue_seconds=1e6)

    assert not Notice.objects.exists()
    assert news() == []


def test_a_growing_backlog_is_told_once_until_it_is_over(clock, settings):
    settings.OVERDUE_SECONDS = 60
    make.attachment(KINDS.BACKLOG_GROWING)

    for seconds in (10, 61, 90, 600, 5, 70):
        operations.note_backlog(overdue_seconds=seconds)
        operations.run_due()
        clock.shift(timedelta(minutes=11))
    operations.run_due()

    assert [one["details"]["overdue_seconds"] for one in news()] == [61, 70]


def test_workers_that_fell_silent_are_told_of_once(clock):
    make.attachment(KINDS.WORKERS_SILENT)
    Heartbeat.objects.create(pk="east:11", started_at=START, beat_at=START)
    Heartbeat.objects.create(pk="west:12", started_at=START, beat_at=START)
    watch = HealthWatch()

    for _ in range(5):
        Heartbeat.objects.filter(pk="east:11").update(beat_at=datetime.now(UTC))
        watch.run()
        operations.run_due()
        clock.shift(timedelta(seconds=45))

    [told] = news()
    assert told["about"] == "west"
    assert told["details"]["last_sign_of_life"] == "2026-03-01T12:00:00Z"


def test_workers_of_one_host_that_were_replaced_are_not_silent(clock):
    make.attachment(KINDS.WORKERS_SILENT)
    Heartbeat.objects.create(pk="east:11", started_at=START, beat_at=START)
    clock.shift(timedelta(seconds=90))
    Heartbeat.objects.create(pk="east:99", started_at=START, beat_at=datetime.now(UTC))

    HealthWatch().run()
    operations.run_due()

    assert news() == []


def test_nobody_else_can_emit_them(refused):
    with refused(type="is not a system event"):
        make.emit(KINDS.BACKLOG_GROWING, {"a": 1})
