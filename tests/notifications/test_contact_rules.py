"""When a person is told of as a contact, and when as a customer (the spec's table of events)."""

from __future__ import annotations

import notification_factories as make
import pytest

from notifications.models import Contact

pytestmark = pytest.mark.django_db

SAVED_AGAIN = [
    ("admin", "admin", 1),
    ("admin", "shop", 2),
    ("admin", "funnel", 2),
    ("shop", "admin", 1),
    ("shop", "shop", 2),
    ("funnel", "funnel", 2),
    ("funnel", "quote", 1),
]


@pytest.mark.parametrize(("first", "second", "times"), SAVED_AGAIN)
def test_a_contact_is_created_again_by_shop_and_funnel_but_not_by_admin(first, second, times):
    make.report("contact-saved", source=first, contact=make.ANN)
    make.report("contact-saved", source=second, contact=make.ANN | {"name": "Ann L"})

    assert make.told() == ["contact_created"] * times
    contact = Contact.objects.get()
    assert contact.name == "Ann L"
    assert contact.source == ("admin" if first == "quote" else first)


@pytest.mark.parametrize("source", ["admin", "shop", "funnel"])
def test_a_contact_named_by_an_order_first_is_still_created_once_saved(source):
    make.purchase(source=source, contact=make.ANN)
    make.report("contact-saved", source="admin", contact=make.ANN)

    assert make.told().count("contact_created") == 1


@pytest.mark.parametrize("source", ["admin", "shop", "funnel"])
def test_a_contact_becomes_a_customer_by_the_first_purchase_alone(source):
    make.purchase("tx-0", status="declined", source=source, contact=make.ANN)
    make.purchase("tx-1", source=source, contact=make.ANN)
    make.purchase("tx-2", source=source, contact=make.ANN)
    make.purchase("tx-3", source="shop", order="PO-2", contact=make.ANN)

    assert make.told().count("customer_created") == 1
    assert Contact.objects.get().is_customer


def test_a_contact_that_is_named_after_the_purchase_becomes_a_customer_then():
    make.purchase(source="shop")
    assert "customer_created" not in make.told()

    make.report("thank-you", order="PO-1", contact=make.ANN)

    assert make.told().count("customer_created") == 1


def test_the_same_person_by_address_and_later_by_reference_is_one_contact():
    make.purchase(source="shop", contact="Ann@Example.com")
    make.purchase("tx-2", source="shop", order="PO-2", contact=make.ANN)

    assert Contact.objects.get().reference == "C-1"
    assert make.told().count("customer_created") == 1
