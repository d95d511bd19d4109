"""What the pages and the API say of what was erased by hand: that, and nothing that is false."""

from __future__ import annotations

import html
from datetime import UTC, datetime, timedelta

import factories
import ledger
import notification_factories as told
import offer_factories as offers
import pytest
from api_client import Api
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from dispatcher.models import Attempt, Delivery, Event
from dispatcher.retention import clean_up, erase_owner, find_person
from dispatcher.sql import now
from notifications import services
from notifications.models import Order

WHEN = datetime(2026, 3, 5, 14, 30, tzinfo=UTC)
SAID = "Erased on Mar 5, 2026, 14:30, at somebody's request."
FALSE = ("Nothing was sent.", "has no body", "retention time", "Resend", "would differ")

pytestmark = pytest.mark.django_db


@pytest.fixture
def customer():
    customer = factories.customer(name="Studio Nord", reference_id="studio-nord")
    factories.trigger(customer=customer)
    return customer


@pytest.fixture(autouse=True)
def erase(time_machine):
    """Have everything of this owner erased, a minute after what happens in the test."""
    time_machine.move_to(WHEN - timedelta(minutes=1), tick=False)

    def erase_now(owner):
        time_machine.move_to(WHEN, tick=False)
        erase_owner(owner=owner, name="Studio Nord")
        while clean_up():
            pass

    return erase_now


def page(console, name, key):
    answer = console.get(reverse(f"admin:dispatcher_{name}", args=[key]))
    return html.unescape(answer.content.decode())


def test_the_page_of_an_erased_delivery_says_that_it_was_erased_and_offers_no_resend(
    console, customer, erase
):
    delivery = ledger.delivery(1, customer=customer, state="failed")
    erase(customer.owner)

    shown = page(console, "delivery_change", delivery.pk)

    assert shown.count(SAID) == 4  # the whole, the answer, the request and the payload
    assert "503 Service Unavailable" in shown
    assert not [text for text in FALSE if text in shown]


def test_what_was_never_written_is_not_called_erased(console, customer, erase):
    delivery = ledger.delivery(1, customer=customer, state="pending", attempts=0)
    delivery.request.delete()
    erase(customer.owner)

    shown = page(console, "delivery_change", delivery.pk)

    assert "Nothing was sent." in shown
    assert "It was canceled because what it was to say was erased." in shown


def test_what_was_canceled_before_is_not_called_canceled_by_the_erasure(console, customer, erase):
    delivery = ledger.delivery(1, customer=customer, state="pending", attempts=0)
    Delivery.objects.filter(pk=delivery.pk).update(state="canceled", finished_at=now())
    erase(customer.owner)

    assert "It was canceled and will not be sent." in page(console, "delivery_change", delivery.pk)


def test_what_a_worker_held_meanwhile_is_of_the_same_erasure(
    console, customer, time_machine, erase
):
    busy = ledger.delivery(1, customer=customer, state="pending", attempts=0)
    other = ledger.delivery(2, customer=customer, state="pending", attempts=0)
    soon = WHEN + timedelta(seconds=12)
    Delivery.objects.filter(pk=busy.pk).update(lease_until=soon)
    erase(customer.owner)
    time_machine.move_to(WHEN + timedelta(minutes=1), tick=False)
    while clean_up():
        pass

    for one in (busy, other):
        assert "because what it was to say was erased" in page(console, "delivery_change", one.pk)
    assert set(Event.objects.values_list("erased_at", flat=True)) == {WHEN}


def test_the_page_of_an_erased_event_says_so(console, customer, erase):
    delivery = ledger.delivery(1, customer=customer)
    erase(customer.owner)

    shown = page(console, "event_change", delivery.event_id)

    assert SAID in shown
    assert "retention time" not in shown


def test_a_payload_whose_time_was_over_is_still_said_to_have_been_purged(console, customer):
    row = ledger.emit(1, customer=customer)
    Delivery.objects.all().delete()
    Event.objects.update(payload="")

    assert "deleted when its retention time was over" in page(console, "event_change", row.event_id)


def test_what_would_differ_says_that_it_was_erased(console, customer, erase):
    delivery = ledger.delivery(1, customer=customer, state="failed")
    erase(customer.owner)

    shown = page(console, "delivery_difference", delivery.pk)

    assert f"{SAID} It cannot be sent again." in shown
    assert "retention time" not in shown


def test_what_is_about_a_person_who_was_erased_says_so_too(console, erase):
    told.attachment()
    told.purchase(source="shop", order="PO-1", contact={"email": "ann@example.com"})
    delivery = Delivery.objects.get()
    erase(find_person("contact", "ann@example.com"))

    assert SAID in page(console, "event_change", delivery.event_id)


def test_the_page_needs_few_statements(console, customer, erase):
    delivery = ledger.delivery(1, customer=customer, state="failed", attempts=5)
    erase(customer.owner)

    with CaptureQueriesContext(connection) as captured:
        page(console, "delivery_change", delivery.pk)

    assert len(captured) <= 15


def test_the_page_of_an_order_offers_no_retry_of_what_was_erased(console, erase):
    told.attachment("transaction_approved")
    told.purchase(source="shop", order="PO-1", contact=told.ANN)
    ledger.ended()
    order = reverse("admin:notifications_order_find") + "?reference=PO-1"
    assert "Retry" in console.get(order, follow=True).content.decode()
    erase(find_person("contact", "C-1"))

    assert "Retry" not in console.get(order, follow=True).content.decode()


def test_a_retry_of_an_order_leaves_what_was_erased(console, erase):
    told.attachment("transaction_approved")
    told.purchase(source="shop", order="PO-1", contact=told.ANN)
    ledger.ended()
    erase(find_person("contact", "C-1"))

    assert services.retry_order(order=Order.objects.get()) == 0
    assert Delivery.objects.get().state == "failed"


def test_the_api_says_when_it_was_erased(customer, erase):
    delivery = ledger.delivery(1, customer=customer, state="failed")
    api = Api()
    assert api.get(f"deliveries/{delivery.uid}/").json()["erased_at"] is None
    erase(customer.owner)

    of_delivery = api.get(f"deliveries/{delivery.uid}/").json()
    of_event = api.get(f"events/{delivery.event_id}/").json()

    assert of_delivery["erased_at"] == of_event["erased_at"] == "2026-03-05T14:30:00Z"
    assert of_delivery["request"] is None
    assert of_event["payload"] is None
    assert Attempt.objects.get().body == ""


def test_an_affiliate_reads_that_it_was_erased_and_is_offered_no_resend(client, erase):
    postback = offers.postback()
    offers.conversion(affiliate=postback.affiliate, offer=postback.offer, status="done")
    delivery = Delivery.objects.get()
    ledger.ended()
    Attempt.objects.create(
        delivery=delivery, number=1, fence=1, started_at=WHEN, duration=1, outcome="rejected",
        status=503, body="of theirs",
    )  # fmt: skip
    erase(postback.affiliate.owner)
    client.force_login(offers.affiliate_user(postback.affiliate))

    answer = client.get(reverse("affiliates:delivery", args=[delivery.uid]))
    shown = html.unescape(answer.content.decode())

    assert shown.count(SAID) == 3  # the whole, the answer and the request
    assert not [text for text in (*FALSE, "Send again") if text in shown]
