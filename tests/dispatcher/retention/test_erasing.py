"""On demand, what one owner's events said is erased; that they happened stays."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import factories
import ledger
import pytest

from dispatcher import services
from dispatcher.models import Attempt, Delivery, Erasure, Event, Request
from dispatcher.retention import clean_up, erase_owner
from dispatcher.types import NotResendableError

pytestmark = pytest.mark.django_db


@pytest.fixture
def customer():
    return factories.customer(name="Studio Nord")


def deliver_to(customer, number=1, **values):
    factories.trigger(customer=customer)
    delivery = ledger.delivery(number, customer=customer, secretField="of-theirs", **values)
    Attempt.objects.filter(delivery=delivery).update(body="answer of-theirs")
    return delivery


def erase(owner):
    erasure = erase_owner(owner=owner, name="Studio Nord")
    while clean_up():
        pass
    erasure.refresh_from_db()
    return erasure


def everything_stored():
    bodies = Request.objects.values_list("body", "url")
    answers = Attempt.objects.values_list("body", "headers")
    return repr([*bodies, *answers, *Event.objects.values_list("payload")])


def test_payloads_requests_and_answers_are_gone_and_the_record_stays(customer):
    deliver_to(customer)
    assert "of-theirs" in everything_stored()

    erasure = erase(customer.owner)

    assert "of-theirs" not in everything_stored()
    assert Delivery.objects.get().state == "delivered"
    assert Attempt.objects.get().outcome
    assert erasure.finished_at is not None
    assert erasure.events == 1


def test_others_are_not_touched(customer):
    deliver_to(factories.customer())

    erase(customer.owner)

    assert "of-theirs" in everything_stored()


def test_what_still_waits_is_canceled(customer):
    deliver_to(customer, state="pending")

    erase(customer.owner)

    assert Delivery.objects.get().state == "canceled"


def test_what_is_being_sent_is_waited_for(customer):
    delivery = deliver_to(customer, state="pending")
    soon = datetime.now(UTC) + timedelta(seconds=12)
    Delivery.objects.filter(pk=delivery.pk).update(lease_until=soon)

    erasure = erase(customer.owner)
    assert erasure.finished_at is None

    Delivery.objects.filter(pk=delivery.pk).update(state="delivered", lease_until=None)
    while clean_up():
        pass
    assert Erasure.objects.get().finished_at is not None
    assert "of-theirs" not in everything_stored()


def test_what_came_later_is_kept(customer):
    erasure = erase_owner(owner=customer.owner, name="Studio Nord")
    deliver_to(customer)

    while clean_up():
        pass

    erasure.refresh_from_db()
    assert erasure.finished_at is not None
    assert "of-theirs" in everything_stored()


@pytest.mark.parametrize("resend", [services.resend, services.resend_current])
def test_what_was_erased_is_not_sent_again(customer, resend):
    deliver_to(customer)
    erase(customer.owner)

    with pytest.raises(NotResendableError, match="was erased"):
        resend(Delivery.objects.get())
