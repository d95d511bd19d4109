"""One worker at a time keeps house, in small steps."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dispatcher import services
from dispatcher.engine import sweep as sweeping
from dispatcher.engine import upkeep
from dispatcher.engine.upkeep import Upkeep, take_duty
from dispatcher.models import BulkJob, Delivery, Duty, Transition
from dispatcher.services import jobs
from dispatcher.sql import now

pytestmark = pytest.mark.django_db


def test_only_one_of_two_workers_has_the_duty():
    first, second = Upkeep("one"), Upkeep("two")

    assert [first.look(), second.look()] == [True, False]


def test_the_duty_of_a_dead_worker_is_taken_over():
    take_duty("upkeep", "dead")
    Duty.objects.update(until=now() - timedelta(seconds=1))

    assert take_duty("upkeep", "alive")
    assert not take_duty("upkeep", "dead")


def test_a_task_that_fails_does_not_stop_the_others(monkeypatch):
    done = []

    def fail():
        raise RuntimeError("broken")

    tasks = {"bad": (fail, 0.0), "good": (lambda: done.append(1), 0.0)}
    monkeypatch.setattr(upkeep, "_registered", tasks)

    Upkeep("one").look()

    assert done == [1]


def park(sender, count):
    shop = sender()
    for number in range(count):
        shop.emit(f"PO-{number}")
    services.pause_destination(shop.route.destination_id)
    sweeping.sweep()
    return shop


def test_much_that_was_held_is_let_go_in_batches(sender, monkeypatch):
    monkeypatch.setattr(jobs, "RELEASED_AT_ONCE", 3)
    monkeypatch.setattr(jobs, "BATCH", 2)
    shop = park(sender, 8)

    services.resume_destination(shop.route.destination_id)
    after_resume = Delivery.objects.filter(is_parked=False).count()
    while jobs.step():
        pass

    assert after_resume == 3
    assert Delivery.objects.filter(is_parked=False).count() == 8
    assert BulkJob.objects.get().state == "done"


def test_no_statement_of_a_sweep_touches_more_than_a_batch(sender, monkeypatch):
    park(sender, 6)
    Delivery.objects.update(is_parked=False)

    with CaptureQueriesContext(connection) as captured:
        sweeping.sweep()

    moving = [one["sql"] for one in captured.captured_queries if "UPDATE" in one["sql"]]
    assert moving
    assert all("LIMIT" in sql or re.search(r"\bid IN \([0-9]", sql) for sql in moving)


def test_a_resume_between_parking_and_looking_again_leaves_nothing_parked(sender, monkeypatch):
    shop = sender()
    shop.emit()
    services.pause_destination(shop.route.destination_id)
    real = sweeping._unpark

    def resume_first(ids):
        services.resume_destination(shop.route.destination_id)
        return real(ids)

    monkeypatch.setattr(sweeping, "_unpark", resume_first)
    sweeping._park_some()

    assert not Delivery.objects.filter(is_parked=True).exists()


def test_pauses_are_kept_as_a_history(sender):
    shop = sender()
    services.pause_destination(shop.route.destination_id)
    services.resume_destination(shop.route.destination_id)
    services.pause_rule(shop.rule.pk, reason="by hand")

    kinds = list(Transition.objects.order_by("id").values_list("kind", "reason"))
    assert kinds == [("paused", ""), ("resumed", ""), ("paused", "by hand")]
