"""Customers as operators save them, and what their pages show of triggers."""

from __future__ import annotations

import factories
import ledger
from django.urls import reverse
from postback_pages import add, change, errors_of, page_of, text

from postbacks import services
from postbacks.models import Customer


def test_a_customer_is_added_with_its_author(console, operator):
    add(console, "customer", name="Brightside", reference_id="bright", is_active="on")

    customer = Customer.objects.get()
    assert customer.name == "Brightside"
    assert customer.history.get().history_user == operator


def test_a_taken_reference_is_refused_beside_its_field(console):
    factories.customer(reference_id="bright")

    answer = add(console, "customer", name="Another", reference_id="bright", is_active="on")

    assert "Choose one that is not taken" in errors_of(answer)["reference_id"][0]


def test_switching_a_customer_off_holds_its_deliveries(console):
    customer = factories.customer()
    ledger.trigger(customer=customer)
    delivery = ledger.delivery(state="pending", customer=customer)

    change(console, customer, name=customer.name, reference_id=customer.reference_id)

    page = text(console.get(reverse("admin:dispatcher_delivery_change", args=[delivery.pk])))
    assert "Held: customer not active" in page


def test_a_customer_shows_its_triggers_and_adds_one_for_itself(console):
    customer = factories.customer()
    trigger = factories.trigger(customer=customer)

    page = text(console.get(page_of(customer)))
    form = text(console.get(f"{reverse('admin:postbacks_trigger_add')}?customer={customer.pk}"))

    assert page_of(trigger) in page
    assert f'<option value="{customer.pk}" selected>' in form


def test_a_customers_page_marks_the_triggers_of_every_customer_and_shows_no_others(console):
    customer = factories.customer()
    everyones = factories.trigger(name="Tell our own system", customer=None)
    by_email = factories.email_trigger(customer=customer, to="buyer@shop.example")
    strangers = factories.trigger(customer=factories.customer())

    page = text(console.get(page_of(customer)))

    assert page_of(strangers) not in page
    assert page.index(page_of(by_email)) < page.index(page_of(everyones))
    assert "buyer@shop.example" in page
    assert page.count('<span class="pb-chip">Every customer</span>') == 1


def test_a_customer_in_use_is_not_deleted_and_says_why(console):
    customer = factories.customer()
    factories.trigger(customer=customer)

    answer = console.post(
        reverse("admin:postbacks_customer_delete", args=[customer.pk]),
        {"post": "yes"},
        follow=True,
    )

    assert "has 1 trigger" in text(answer)
    assert Customer.objects.filter(pk=customer.pk).exists()


def test_two_people_who_edit_at_once_do_not_overwrite_each_other(console):
    customer = factories.customer()
    seen_at = customer.updated_at.isoformat()
    services.save_customer(customer=Customer.objects.get(pk=customer.pk))

    answer = change(console, customer, name="Mine", is_active="on", seen_at=seen_at)

    assert "Somebody else changed this customer" in text(answer)
    assert Customer.objects.get().name != "Mine"
