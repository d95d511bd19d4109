"""Erasing and purging wait for what a worker has in hand, and a late worker brings nothing back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import factories
import ledger
import pytest

from dispatcher import services
from dispatcher.engine.claim import claim
from dispatcher.engine.record import freeze, record, renew
from dispatcher.engine.run import UNREADABLE
from dispatcher.http import Exchange
from dispatcher.ids import first_id
from dispatcher.models import Attempt, Delivery, Erasure, Event, Purge, Request
from dispatcher.retention import clean_up, erase_owner
from dispatcher.sql import now
from dispatcher.types import Outcome
from dispatcher.work import FrozenRequest

pytestmark = pytest.mark.django_db


class Worker:
    """Claims, and goes on with what it claimed, step by step."""

    def __init__(self):
        self.lease_id = uuid4()
        self.works = claim(lease_id=self.lease_id, limit=10)

    def freeze(self):
        for work in self.works:
            work.request = FrozenRequest("POST", "https://x.example/", (), work.payload or "")
        return freeze(self.works, lease_id=self.lease_id)

    def finish(self):
        for work in self.works:
            work.route = UNREADABLE
            work.exchange = Exchange(
                outcome=Outcome.DELIVERED, headers=[("x", "of-theirs")], body=b"of-theirs"
            )
        return record(self.works, lease_id=self.lease_id)


@pytest.fixture
def customer(db):
    customer = factories.customer()
    factories.trigger(customer=customer)
    return customer


def emit(customer, *numbers):
    for number in numbers:
        ledger.emit(number, customer=customer, secretField="of-theirs")


def clean_everything():
    while clean_up():
        pass


def lose_leases():
    Delivery.objects.update(lease_until=now() - timedelta(seconds=1))


def make_old(*deliveries):
    old = datetime.now(UTC) - timedelta(days=1000)
    for number, delivery in enumerate(deliveries):
        uid = first_id(old + timedelta(seconds=number))
        Delivery.objects.filter(pk=delivery.pk).update(uid=uid)


def everything_stored():
    bodies = Request.objects.values_list("body", "url")
    answers = Attempt.objects.values_list("body", "headers")
    return repr([*bodies, *answers, *Event.objects.values_list("payload")])


def is_erased():
    return Erasure.objects.get().finished_at is not None


def test_what_was_canceled_in_a_workers_hand_is_waited_for_and_then_erased(customer):
    emit(customer, 1)
    worker = Worker()
    worker.freeze()
    services.cancel_owner(customer.owner, reason="It was deleted.")
    erase_owner(owner=customer.owner, name="Studio Nord")

    clean_everything()
    was_erased_while_sent = is_erased()
    worker.finish()
    lose_leases()
    clean_everything()

    assert not was_erased_while_sent
    assert is_erased()
    assert "of-theirs" not in everything_stored()


def test_of_what_was_canceled_no_request_is_stored_and_it_is_not_sent(customer):
    emit(customer, 1)
    worker = Worker()
    services.cancel_owner(customer.owner, reason="It was deleted.")

    assert worker.freeze() == set()
    assert not Request.objects.exists()


def test_what_is_still_ours_is_stored_and_sent(customer):
    emit(customer, 1, 2)
    worker = Worker()

    assert worker.freeze() == {work.id for work in worker.works}
    assert Request.objects.count() == 2


def test_what_is_canceled_while_it_is_sent_stays_leased_and_is_not_started_again(customer):
    emit(customer, 1)
    worker = Worker()
    services.cancel_owner(customer.owner, reason="It was deleted.")
    lose_leases()

    still_ours = renew([work.id for work in worker.works], lease_id=worker.lease_id)

    assert still_ours == set()
    assert Delivery.objects.get().lease_until > now()


def test_a_worker_that_comes_back_after_its_lease_brings_nothing_back(customer):
    emit(customer, 1)
    worker = Worker()
    lose_leases()
    erase_owner(owner=customer.owner, name="Studio Nord")
    clean_everything()

    worker.freeze()
    worker.finish()

    assert is_erased()
    assert Attempt.objects.get().outcome == Outcome.DELIVERED
    assert "of-theirs" not in everything_stored()


def test_what_is_old_and_in_a_workers_hand_is_purged_when_it_is_not(customer):
    emit(customer, 1)
    delivery = Delivery.objects.get()
    Worker()
    services.archive_rule(delivery.rule_id)
    make_old(delivery)

    clean_everything()
    was_kept = Delivery.objects.exists()
    lose_leases()
    Purge.objects.update(next_at=now())
    clean_everything()

    assert was_kept
    assert not Delivery.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_results_are_kept_although_a_delivery_of_the_same_turn_was_purged(customer):
    emit(customer, 1, 2)
    worker = Worker()
    gone, kept = Delivery.objects.order_by("pk")
    lose_leases()
    Delivery.objects.filter(pk=gone.pk).update(state="canceled")
    make_old(gone)
    Delivery.objects.filter(pk=kept.pk).update(lease_until=now() + timedelta(seconds=12))
    clean_everything()
    assert list(Delivery.objects.all()) == [kept]

    worker.finish()

    kept.refresh_from_db()
    assert kept.state == "delivered"
    assert [attempt.delivery_id for attempt in Attempt.objects.all()] == [kept.pk]
