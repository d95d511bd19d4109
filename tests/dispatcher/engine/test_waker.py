"""What became due is seen without anybody having to remember it."""

from datetime import timedelta

import pytest

from dispatcher import queue, services
from dispatcher.engine import tasks, waker
from dispatcher.models import Delivery, Heartbeat
from dispatcher.sql import now


@pytest.fixture(autouse=True)
def rings(monkeypatch):
    heard = []
    monkeypatch.setattr(queue, "ring", lambda **_: heard.append("ring"))
    return heard


@pytest.fixture
def passes(monkeypatch):
    started = []
    monkeypatch.setattr(tasks, "deliver", lambda **_: started.append("pass"))
    return started


def test_nothing_due_rings_nothing(db, rings):
    assert not waker.Watch().look()
    assert rings == []


def test_a_retry_that_became_due_rings(sender, rings):
    sender().emit()
    rings.clear()

    assert waker.Watch().look()
    assert rings == ["ring"]


def test_what_is_due_later_does_not_ring(sender, rings):
    sender().emit()
    Delivery.objects.update(due_at=now() + timedelta(seconds=60))
    rings.clear()

    assert not waker.Watch().look()


def test_what_is_held_does_not_ring(sender, rings):
    shop = sender()
    shop.emit()
    services.pause_rule(shop.rule.pk, reason="by hand")

    assert not waker.Watch().look()


def test_a_lease_of_a_dead_worker_rings_when_it_ran_out(sender, rings):
    sender().emit()
    Delivery.objects.update(lease_until=now() - timedelta(seconds=1))

    assert waker.Watch().look()


def test_what_nobody_takes_although_the_bell_rang_is_delivered_here(sender, passes):
    sender().emit()
    Delivery.objects.update(due_at=now() - timedelta(seconds=60))

    waker.Watch().look()

    assert passes == ["pass"]


def test_what_is_only_just_due_is_left_to_the_queue(sender, passes):
    sender().emit()

    waker.Watch().look()

    assert passes == []


def test_a_look_is_a_sign_of_life(db):
    waker.Watch().look()

    assert Heartbeat.objects.get().beat_at > now() - timedelta(seconds=60)
