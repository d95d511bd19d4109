"""Whichever way somebody sends again: the same is left out."""

from __future__ import annotations

from datetime import UTC, datetime

import factories
import ledger
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dispatcher import services
from dispatcher.models import Delivery, Event, Rule
from dispatcher.retention import clean_up, erase_owner
from dispatcher.services import jobs
from dispatcher.services.bulk_resending import again, anew, resend_matching
from dispatcher.types import NotResendableError

pytestmark = pytest.mark.django_db
WHEN = datetime(2026, 3, 18, 13, 37, tzinfo=UTC)


def one(delivery):
    services.resend(delivery)


def one_anew(delivery):
    services.resend_current(delivery)


def matching_as_sent(delivery):
    resend_matching(Delivery.objects.all(), as_sent=True)


def matching_anew(delivery):
    resend_matching(Delivery.objects.all(), as_sent=False)


def job_as_sent(delivery):
    run_job("resend")


def job_anew(delivery):
    run_job("current")


def chunk_as_sent(delivery):
    again([delivery.pk])


def chunk_anew(delivery):
    anew([delivery.pk])


WAYS = [
    one, one_anew, matching_as_sent, matching_anew, job_as_sent, job_anew, chunk_as_sent,
    chunk_anew,
]  # fmt: skip


def run_job(verb):
    jobs.start(verb=verb, selection={"state": "delivered"})
    while jobs.step():
        pass


def waiting():
    return Delivery.objects.filter(state="pending").count()


@pytest.fixture
def customer(db):
    return factories.customer()


@pytest.fixture
def delivery(customer):
    factories.trigger(customer=None)
    return ledger.delivery(1, customer=customer)


@pytest.fixture(params=WAYS, ids=lambda way: way.__name__)
def send_again(request):
    def send(delivery):
        delivery = Delivery.objects.get(pk=delivery.pk)
        try:
            request.param(delivery)
        except NotResendableError:
            return "refused"
        return "accepted"

    return send


def test_what_has_ended_is_sent_again(delivery, send_again):
    send_again(delivery)

    assert waiting() == 1


def test_what_was_erased_is_not(customer, delivery, send_again):
    erase_owner(owner=customer.owner, name="x")
    while clean_up():
        pass
    assert not Event.objects.exclude(payload="").exists()

    send_again(delivery)

    assert waiting() == 0


def test_what_was_erased_before_that_was_noted_is_not(delivery, send_again):
    Event.objects.update(payload="", erased_at=None)

    send_again(delivery)

    assert waiting() == 0


def offered_about_its_order(delivery):
    [event] = services.events_about([delivery.event.subject])
    return event.deliveries[0].can_be_resent


def offered_to_its_owner(delivery):
    return services.delivery_of(delivery.owner, delivery.uid).delivery.is_resendable


@pytest.mark.parametrize("offered", [offered_about_its_order, offered_to_its_owner])
@pytest.mark.parametrize(
    ("event", "is_offered"),
    [
        pytest.param({}, True, id="what-has-ended"),
        pytest.param({"payload": "", "erased_at": WHEN}, False, id="erased"),
        pytest.param({"payload": "", "erased_at": None}, False, id="erased-before-it-was-noted"),
        pytest.param({"erased_at": WHEN}, False, id="being-erased"),
    ],
)
def test_only_what_can_be_sent_again_is_offered(delivery, offered, event, is_offered):
    Rule.objects.update(owner=delivery.owner)
    Event.objects.filter(pk=delivery.event_id).update(subject="order:PO-1", **event)

    assert offered(Delivery.objects.get(pk=delivery.pk)) == is_offered


def test_nothing_of_a_deleted_rule_is(delivery, send_again):
    services.archive_rule(delivery.rule_id)

    send_again(delivery)

    assert waiting() == 0


def test_nothing_of_a_deleted_owner_is(customer, delivery, send_again):
    services.cancel_owner(customer.owner, reason="The customer was deleted.")

    send_again(delivery)

    assert waiting() == 0


def test_of_an_owner_on_hold_it_is_and_waits(customer, delivery, send_again):
    services.hold_owner(customer.owner, reason="The customer is inactive.")

    send_again(delivery)

    assert waiting() == 1


@pytest.mark.parametrize("resend", [services.resend, services.resend_current])
def test_an_operator_reads_that_the_owner_was_deleted(customer, delivery, resend):
    services.cancel_owner(customer.owner, reason="The customer was deleted.")

    with pytest.raises(NotResendableError, match="was deleted, so nothing is sent"):
        resend(delivery)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no locks of rows")
def test_a_job_locks_deliveries_and_no_rule(delivery):
    with CaptureQueriesContext(connection) as queries:
        run_job("current")

    locking = [one["sql"] for one in queries if 'dispatcher_delivery" INNER JOIN' in one["sql"]]
    assert any(sql.endswith('FOR NO KEY UPDATE OF "dispatcher_delivery"') for sql in locking)
    assert not any(sql.endswith("FOR UPDATE") for sql in locking)
