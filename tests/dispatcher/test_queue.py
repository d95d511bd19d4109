"""The doorbell: rung once for many, and never a reason to fail."""

import pytest
from django.db import DatabaseError
from redis import RedisError

from dispatcher import queue


@pytest.fixture(autouse=True)
def silent_bell(db, settings, monkeypatch):
    monkeypatch.setattr(queue, "_quiet_until", 0.0)
    queue.clear_mark()
    yield
    queue.clear_mark()


@pytest.fixture
def rings(monkeypatch):
    heard = []
    monkeypatch.setattr(queue, "async_task", lambda name, **_: heard.append(name))
    return heard


def forget_what_this_process_knows(monkeypatch):
    monkeypatch.setattr(queue, "_quiet_until", 0.0)


def test_many_rings_wake_one_worker(rings):
    for _ in range(1000):
        queue.ring()

    assert rings == ["dispatcher.engine.tasks.deliver"]


def test_rings_of_other_processes_are_coalesced_too(rings, monkeypatch):
    queue.ring()
    forget_what_this_process_knows(monkeypatch)
    queue.ring()

    assert len(rings) == 1


def test_a_pass_that_starts_lets_the_next_ring_through(rings, monkeypatch):
    queue.ring()
    queue.clear_mark()
    forget_what_this_process_knows(monkeypatch)
    queue.ring()

    assert len(rings) == 2


def test_a_ring_that_was_lost_is_rung_again_after_two_seconds(rings, monkeypatch, settings):
    if settings.REDIS_URL:
        queue._redis().set(queue._mark(), 1, px=1)
        while queue._redis().exists(queue._mark()):
            pass
    else:
        queue.ring()
        queue.Doorbell.objects.update(rung_at=queue.sql.now() - queue.timedelta(seconds=3))
        rings.clear()
    forget_what_this_process_knows(monkeypatch)

    queue.ring()

    assert len(rings) == 1


@pytest.mark.parametrize("error", [RedisError, DatabaseError, OSError])
def test_a_broker_that_is_down_is_no_error_for_the_emitter(monkeypatch, error):
    def fail(*args, **kwargs):
        raise error

    monkeypatch.setattr(queue, "async_task", fail)

    queue.ring()

    assert queue._quiet_until > 0
