"""What an event is about is found by whatever it is called elsewhere, and called the same."""

from __future__ import annotations

import html

import factories
import ledger
import notification_factories as told
import offer_factories as offers
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from dispatcher.models import Delivery, Event
from notifications.models import Contact

ORDER = {"reference": "PO-21192454", "number": "21192454-3"}
NAMES = (
    pytest.param("PO-21192454", id="reference"),
    pytest.param("21192454-3", id="number"),
    pytest.param("Order PO-21192454", id="as-the-lists-call-it"),
    pytest.param("po-21192454", id="in-small-letters"),
    pytest.param("tx-77", id="transaction"),
    pytest.param("TX-77", id="transaction-in-capitals"),
    pytest.param("C-2042", id="contact"),
    pytest.param("Contact C-2042", id="contact-as-the-lists-call-it"),
    pytest.param("Ann@example.com", id="address"),
)
NOBODY = "PO-404"

pytestmark = pytest.mark.django_db


@pytest.fixture
def _purchase():
    told.attachment("transaction_approved", name="Shop channel")
    contact = {"reference": "C-2042", "email": "ann@example.com", "name": "Ann"}
    told.purchase("tx-77", source="shop", order=ORDER, contact=contact)


def why(console, text):
    answer = console.get(reverse("admin:dispatcher_delivery_why"), {"q": text})
    return html.unescape(answer.content.decode())


@pytest.mark.usefixtures("_purchase")
@pytest.mark.parametrize("text", NAMES)
def test_why_finds_what_is_meant(console, text):
    told.purchase("tx-78", source="shop", order="PO-2", contact={"email": "bob@example.com"})

    shown = why(console, text)

    assert "Order PO-21192454" in shown
    assert "Shop channel" in shown
    assert "Order PO-2<" not in shown


@pytest.mark.usefixtures("_purchase")
@pytest.mark.parametrize("text", NAMES)
@pytest.mark.parametrize("ledger_", ["delivery", "event"])
def test_the_ledgers_search_finds_the_same(console, ledger_, text):
    answer = console.get(reverse(f"admin:dispatcher_{ledger_}_changelist"), {"q": text})

    found = answer.context["cl"].result_list
    events = {getattr(row, "event", row).subject for row in found}
    assert "order:PO-21192454" in events


def test_a_contact_is_found_by_its_own_events_too(console):
    told.report("contact-saved", source="shop", contact={"reference": "C-7", "name": "Ann"})

    assert "Contact C-7" in why(console, "c-7")


def test_exactly_what_was_typed_comes_first(console):
    ledger.trigger()
    for reference in ("PO-1", "po-1"):
        ledger.emit(1, orderReferenceId=reference)

    shown = why(console, "po-1")

    assert "Order po-1" in shown
    assert "Order PO-1" not in shown


def test_nothing_is_claimed_of_a_name_that_nobody_knows(console):
    shown = why(console, NOBODY)

    assert f"Nothing is known by “{NOBODY}”" in shown
    for sought in ("order", "transaction", "contact", "e-mail address", "event id", "webhook-id"):
        assert sought in shown.partition("Looked for:")[2].partition("</p>")[0]
    assert "Upper and lower case count" in shown
    assert "has been received" not in shown
    assert "nothing to send" not in shown


@pytest.mark.usefixtures("_purchase")
def test_what_is_known_without_an_event_is_said_to_be_known(console):
    Delivery.objects.all().delete()
    Event.objects.all().delete()

    shown = why(console, "21192454-3")

    assert "“21192454-3” is known, but no event about it is kept here" in shown


@pytest.mark.usefixtures("_purchase")
@pytest.mark.parametrize(
    "text",
    [
        "ann@example.com",
        "C-2042",
        "c-2042",
        "tX-77",
        "po-21192454",
        "po-505",
        "T-1",
        "t-1",
        "nobody@example.com",
        NOBODY,
    ],
)
def test_any_question_needs_few_statements(console, text):
    for number in range(30):
        told.purchase(
            f"tx-{number}", source="funnel", order=f"PO-{number}",
            contact={"reference": "C-2042", "email": "ann@example.com"},
        )  # fmt: skip
    trigger = ledger.trigger()
    factories.trigger(customer=None, status="draft", event=trigger.event)
    ledger.delivery(505, state="pending")
    postback = offers.postback()
    offers.conversion(
        affiliate=postback.affiliate, offer=postback.offer, transaction_id="T-1", status="done"
    )
    why(console, text)

    with CaptureQueriesContext(connection) as captured:
        why(console, text)

    assert len(captured) <= 15


def test_an_order_that_waits_for_its_thank_you_page_says_what_is_to_come(console):
    told.attachment("order_completed")
    told.purchase(source="funnel", order={"reference": "PO-9", "number": "9-1"})

    shown = why(console, "9-1")

    coming = shown.partition("Still to come")[2].partition("</section>")[0]
    assert "Order completed" in coming
    assert "Waiting for the thank-you page" in coming
    assert "or else in 30 min" in coming
    assert reverse("admin:notifications_order_changelist") in coming


@pytest.mark.usefixtures("_purchase")
def test_an_order_that_waits_for_nothing_has_nothing_to_come(console):
    assert "Still to come" not in why(console, "PO-21192454")


@pytest.mark.parametrize("state", ["failed", "pending"])
def test_no_answer_is_promised_where_none_is_shown(console, state):
    ledger.trigger()
    delivery = ledger.delivery(1, state=state)

    assert "did not accept it." in why(console, "PO-1")
    assert "is below" not in why(console, "PO-1")
    page = console.get(reverse("admin:dispatcher_delivery_change", args=[delivery.pk]))
    assert "Its answer is below." in page.content.decode()


@pytest.mark.parametrize("page", ["why", "event", "delivery"])
def test_a_conversion_is_called_the_same_everywhere(console, page):
    offers.postback()
    postback = offers.postback()
    offers.conversion(
        affiliate=postback.affiliate, offer=postback.offer, status="done",
        transaction_id="T-21192455-2",
    )  # fmt: skip
    delivery = Delivery.objects.get()
    shown = {
        "why": lambda: why(console, "T-21192455-2"),
        "event": lambda: read(console, "event", delivery.event_id),
        "delivery": lambda: read(console, "delivery", delivery.pk),
    }[page]()

    assert "New conversion · Conversion T-21192455-2" in shown
    assert "Conversion 1" not in shown


def read(console, name, key):
    answer = console.get(reverse(f"admin:dispatcher_{name}_change", args=[key]))
    return html.unescape(answer.content.decode())


def test_a_contact_whose_reference_is_a_number_is_not_called_as_another(console):
    told.report("contact-saved", source="shop", contact={"reference": "C-1", "name": "Ann"})
    number = str(Contact.objects.get().pk)
    told.report("contact-saved", source="shop", contact={"reference": number, "name": "Bob"})

    rows = console.get(reverse("admin:dispatcher_event_changelist")).context["cl"].result_list

    assert [row.about for row in rows] == [f"Contact {number}", "Contact C-1"]


def test_a_lookup_by_name_leaves_other_customers_alone(console):
    factories.trigger(customer=None)
    ledger.emit(5)

    assert "Order PO-5" in why(console, "PO-5")
    assert "Nothing is known by" in why(console, "PO-55")
