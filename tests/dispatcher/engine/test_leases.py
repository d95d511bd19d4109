"""Workers die and come late; nothing is lost, nothing goes backwards."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import override_settings

from dispatcher.engine.claim import claim
from dispatcher.engine.engine import failure
from dispatcher.engine.record import freeze, record, release, renew
from dispatcher.engine.routes import RouteCache
from dispatcher.models import Attempt, Delivery, Request
from dispatcher.sql import now
from dispatcher.types import Outcome
from dispatcher.work import FrozenRequest


@pytest.fixture
def worker():
    """A worker of its own: claims, and finishes what it claimed, step by step."""

    class Worker:
        def __init__(self):
            self.lease_id = uuid4()

        def claim(self, **options):
            works = claim(lease_id=self.lease_id, limit=options.pop("limit", 10), **options)
            RouteCache().equip(works)
            return works

        def finish(self, work, outcome=Outcome.DELIVERED):
            work.exchange = failure(outcome, "")
            return record([work], lease_id=self.lease_id)

    return Worker


def lose_leases():
    Delivery.objects.update(lease_until=now() - timedelta(seconds=1))


def test_two_workers_never_have_the_same_delivery(sender, worker):
    shop = sender()
    for number in range(10):
        shop.emit(f"PO-{number}")

    first, second = worker().claim(limit=6), worker().claim(limit=6)

    assert len(first) == 6
    assert len(second) == 4
    assert not {work.id for work in first} & {work.id for work in second}


def test_a_lease_that_ran_out_is_taken_over(sender, worker):
    delivery = sender().emit()
    worker().claim()
    lose_leases()

    [work] = worker().claim()

    assert work.id == delivery.pk
    assert work.claims == 2


def test_a_renewed_lease_is_not_taken_over(sender, worker):
    sender().emit()
    mine = worker()
    [work] = mine.claim()
    lose_leases()
    renew([work.id], lease_id=mine.lease_id)

    assert worker().claim() == []


def test_a_late_finisher_leaves_its_attempt_and_moves_nothing(sender, worker):
    delivery = sender(delays=[60]).emit()
    late, quick = worker(), worker()
    [lost_work] = late.claim()
    lose_leases()
    [work] = quick.claim()
    quick.finish(work, Outcome.DELIVERED)

    late.finish(lost_work, Outcome.TIMED_OUT)

    delivery.refresh_from_db()
    assert delivery.state == Delivery.State.DELIVERED
    assert delivery.attempts_made == 1
    assert {attempt.outcome for attempt in delivery.attempts.all()} == {"delivered", "timed_out"}


def test_a_late_finisher_does_not_disturb_the_worker_that_took_over(sender, worker):
    delivery = sender().emit()
    late, quick = worker(), worker()
    [lost_work] = late.claim()
    lose_leases()
    quick.claim()

    late.finish(lost_work, Outcome.TIMED_OUT)

    delivery.refresh_from_db()
    assert delivery.state == Delivery.State.PENDING
    assert delivery.lease_id == quick.lease_id
    assert delivery.attempts_made == 0


def test_a_result_recorded_twice_counts_once(sender, worker):
    delivery = sender().emit()
    mine = worker()
    [work] = mine.claim()

    mine.finish(work)
    mine.finish(work)

    delivery.refresh_from_db()
    assert Attempt.objects.count() == 1
    assert delivery.attempts_made == 1


def test_a_crash_uses_up_no_attempt_of_a_delivery_without_retries(sender, worker, run_pass):
    delivery = sender("/ok").emit()
    worker().claim()
    lose_leases()

    run_pass()

    delivery.refresh_from_db()
    assert delivery.state == Delivery.State.DELIVERED
    assert delivery.attempts_made == 1


def test_what_was_given_back_does_not_count_as_a_claim(sender, worker):
    delivery = sender().emit()
    mine = worker()
    [work] = mine.claim()

    release([work.id], lease_id=mine.lease_id)

    delivery.refresh_from_db()
    assert (delivery.claims, delivery.lease_id) == (0, None)


def test_the_slower_of_two_renderers_sends_what_the_faster_one_froze(sender, worker):
    sender().emit()
    slow, fast = worker(), worker()
    [slow_work] = slow.claim()
    lose_leases()
    [fast_work] = fast.claim()
    fast_work.request = FrozenRequest("POST", "http://127.0.0.1/", (), "fast")
    slow_work.request = FrozenRequest("POST", "http://127.0.0.1/", (), "slow")

    freeze([fast_work], lease_id=fast.lease_id)
    freeze([slow_work], lease_id=slow.lease_id)

    assert slow_work.request.body == "fast"
    assert Request.objects.get().body == "fast"


def test_what_kills_its_worker_again_and_again_is_failed_as_lost(sender, worker, run_pass):
    delivery = sender().emit()
    for _ in range(5):
        works = worker().claim(only_suspects=True) or worker().claim()
        assert works
        lose_leases()

    run_pass()

    delivery.refresh_from_db()
    assert delivery.state == Delivery.State.FAILED
    assert delivery.attempts.get().outcome == Outcome.WORKER_LOST


def test_suspects_are_taken_one_at_a_time(sender, worker):
    shop = sender()
    for number in range(3):
        shop.emit(f"PO-{number}")
    for _ in range(3):
        worker().claim()
        lose_leases()

    assert worker().claim() == []
    assert len(worker().claim(limit=1, only_suspects=True)) == 1


def test_a_delivery_whose_lease_is_about_to_end_is_not_started(sender, receiver, run_pass):
    delivery = sender().emit()

    with override_settings(LEASE_SECONDS=0.5):
        run_pass()

    delivery.refresh_from_db()
    assert receiver.ledger() == []
    assert delivery.state == Delivery.State.PENDING
