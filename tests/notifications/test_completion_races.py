"""Several who tell the same thing at once: it is told once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import notification_factories as make
import pytest
from django.db import connection
from django.utils import timezone

from dispatcher.types import Emitted
from notifications.events import EventType
from notifications.models import Contact, Order
from notifications.services import completion

pytestmark = pytest.mark.django_db(transaction=True)
AT_ONCE = 6


def together(*calls):
    """Run these at the same moment, each in a thread and connection of its own."""
    barrier = Barrier(len(calls))

    def run(call):
        try:
            barrier.wait(10)
            return call()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return [one.result(60) for one in [pool.submit(run, call) for call in calls]]


def test_thank_you_page_time_and_direct_emission_at_once_complete_an_order_once():
    make.purchase(source="funnel", contact="ann@example.com")
    Order.objects.update(complete_due_at=timezone.now() - timedelta(seconds=1))

    together(
        lambda: make.report("thank-you", order="PO-1"),
        lambda: make.report("thank-you", order="PO-1", key="k"),
        completion.run_due,
        completion.run_due,
        lambda: make.emit(EventType.ORDER_COMPLETED, source="funnel"),
        lambda: make.purchase("tx-2", order="PO-1"),
    )

    assert make.told().count("order_completed") == 1


def test_the_first_facts_of_an_order_at_once_make_one_order_and_one_customer():
    contact = {"reference": "C-1", "email": "ann@example.com"}

    together(
        *(
            lambda n=n: make.purchase(f"tx-{n}", source="shop", contact=contact)
            for n in range(AT_ONCE)
        )
    )

    assert Order.objects.count() == Contact.objects.count() == 1
    assert make.told().count("transaction_approved") == AT_ONCE
    assert make.told().count("order_completed") == 1
    assert make.told().count("customer_created") == 1


def test_contacts_known_by_address_alone_are_made_once():
    together(
        *(
            lambda n=n: make.report("contact-saved", source="admin", contact="ann@example.com")
            for n in range(AT_ONCE)
        )
    )

    assert Contact.objects.count() == 1
    assert make.told() == ["contact_created"]


def test_the_same_key_at_once_is_one_fact():
    reported = together(*(lambda: make.purchase(source="shop", key="k-1") for _ in range(AT_ONCE)))

    assert [one.is_duplicate for one in reported].count(False) == 1
    assert make.told().count("transaction_approved") == 1


def test_order_completed_emitted_directly_at_once_is_told_once():
    results = together(*(lambda: make.emit(EventType.ORDER_COMPLETED) for _ in range(AT_ONCE)))

    assert all(isinstance(one, Emitted) for one in results)
    assert [one.is_duplicate for one in results].count(False) == 1
    assert len({one.event_id for one in results}) == 1
    assert make.told() == ["order_completed"]
