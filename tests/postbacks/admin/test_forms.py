"""Customers, templates and triggers as operators save them."""

from __future__ import annotations

import re

import factories
import ledger
import pytest
from django.urls import reverse

from dispatcher.models import Delivery, Event
from postbacks import services
from postbacks.models import Customer, Template, Trigger


def text(answer):
    return answer.content.decode()


def add(console, model, **values):
    return console.post(reverse(f"admin:postbacks_{model}_add"), values, follow=True)


def change(console, row, **values):
    return console.post(page_of(row), values, follow=True)


def page_of(row):
    return reverse(f"admin:postbacks_{row._meta.model_name}_change", args=[row.pk])


def press(console, trigger, verb, **values):
    return console.post(
        reverse(f"admin:postbacks_trigger_{verb}", args=[trigger.pk]), values, follow=True
    )


def as_typed(trigger, **values):
    """What the trigger's form sends when it is saved as it was loaded."""
    rows = trigger.headers
    return {
        "name": trigger.name,
        "customer": trigger.customer_id or "",
        "event": trigger.event,
        "status": trigger.status,
        "url": trigger.url,
        "http_method": trigger.http_method,
        "format": trigger.format,
        "template": trigger.template_id or "",
        "retry_on_failure": "on",
        "headers-present": "1",
        "headers-name": [row["name"] for row in rows],
        "headers-value": [row["value"] for row in rows],
        "headers-secret": ["yes" if row["is_secret"] else "no" for row in rows],
        "seen_at": trigger.updated_at.isoformat(),
    } | values


def errors_of(answer):
    return answer.context["adminform"].form.errors


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


def test_each_saved_change_of_a_template_is_a_version_with_its_author(console, operator):
    values = {"name": "T", "format": "json", "status": "draft", "event": "order_shipped"}
    add(console, "template", **values, body='{"a": 1}', sample="")
    template = Template.objects.get()

    change(console, template, **values, body='{"a": 2}', sample="")

    assert [v.created_by for v in template.versions.all()] == [operator, operator]
    page = text(console.get(reverse("admin:postbacks_template_versions", args=[template.pk])))
    assert '<div class="pb-diff-removed"><span>-</span><code>{&quot;a&quot;: 1}</code>' in page
    assert '<div class="pb-diff-added"><span>+</span><code>{&quot;a&quot;: 2}</code>' in page


def test_a_template_that_cannot_be_read_is_not_activated(console):
    values = {"name": "T", "format": "json", "status": "active", "event": "order_shipped"}

    answer = add(console, "template", **values, body="{% if %}", sample="")

    assert "Line 1" in errors_of(answer)["body"][0]
    assert not Template.objects.exists()


def preview(console, **values):
    values = {"format": "json", "event": "order_shipped", "sample": ""} | values
    return console.post(reverse("admin:postbacks_template_preview"), values)


def test_the_preview_shows_what_comes_out(console):
    answer = preview(console, body='{"order": "{{ orderId }}"}', sample='{"orderId": "o-1"}')

    assert answer.json() == {
        "outputs": {"body": '{\n  "order": "o-1"\n}'},
        "errors": [],
        "warnings": [],
    }


def test_the_preview_says_where_the_output_is_no_json(console):
    shown = preview(console, body='{"order":\n "{{ orderId }}" "b"}').json()

    assert (shown["errors"][0]["line"], shown["errors"][0]["where"]) == (2, "output")
    assert shown["errors"][0]["column"]


def test_the_preview_warns_of_missing_fields_and_saves_nothing(console):
    shown = preview(console, body='{"order": "{{ nowhere }}"}').json()

    assert "nowhere" in shown["warnings"][0]["message"]
    assert shown["warnings"][0]["line"] == 1
    assert not Template.objects.exists()


@pytest.mark.parametrize("customer", ["", "999999", "x"])
def test_the_preview_takes_any_input(console, customer):
    answer = preview(console, body="{{ a", format="odd", customer=customer, event="odd")

    assert answer.status_code == 200
    assert answer.json()["errors"]


def test_a_secret_header_is_stored_and_never_shown_again(console):
    trigger = ledger.trigger()

    change(console, trigger, **as_typed(trigger, name="Renamed"))

    trigger = Trigger.objects.select_related("rule").get()
    assert trigger.name == "Renamed"
    assert trigger.rule.credentials["headers"] == [["X-Api-Key", ledger.HEADER_SECRET]]
    assert ledger.HEADER_SECRET not in text(console.get(page_of(trigger)))


def test_a_new_value_replaces_a_secret_header(console):
    trigger = ledger.trigger()
    values = as_typed(trigger)
    values["headers-value"] = ["42", "another-secret"]

    change(console, trigger, **values)

    trigger = Trigger.objects.select_related("rule").get()
    assert trigger.rule.credentials["headers"] == [["X-Api-Key", "another-secret"]]


def test_a_refused_form_does_not_send_a_typed_secret_back(console):
    trigger = ledger.trigger()
    values = as_typed(trigger, url="ftp://odd")
    values["headers-value"] = ["42", "typed-secret"]

    answer = change(console, trigger, **values)

    assert errors_of(answer)["url"]
    assert "typed-secret" not in text(answer)


@pytest.mark.parametrize(
    ("field", "values"),
    [
        pytest.param("url", {"url": "nonsense"}, id="address"),
        pytest.param("headers", {"headers-name": ["Host", "X"]}, id="reserved-header"),
        pytest.param("status", {"status": "draft"}, id="back-to-draft"),
        pytest.param("template", {"format": "xml"}, id="other-format"),
        pytest.param("name", {"name": ""}, id="no-name"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(console, field, values):
    trigger = ledger.trigger()

    answer = change(console, trigger, **as_typed(trigger, **values))

    assert errors_of(answer)[field]


def test_a_signing_secret_is_shown_once_and_replaced_with_a_day_of_both(console):
    trigger = ledger.trigger()

    answer = press(console, trigger, "rotate")

    secret = re.search(r'<code id="secret">(whsec_[^<]+)</code>', text(answer))[1]
    signing = Trigger.objects.select_related("rule").get().rule.credentials["signing"]
    assert [entry["secret"] for entry in signing] == [secret, ledger.SIGNING_SECRET]
    assert secret not in text(console.get(page_of(trigger)))


def test_signing_is_stopped(console):
    trigger = ledger.trigger()

    press(console, trigger, "unsign")

    assert not services.has_signing_secret(Trigger.objects.get())


def test_a_trigger_is_paused_and_resumed(console):
    trigger = ledger.trigger()

    press(console, trigger, "pause")
    paused = Trigger.objects.get().status
    press(console, trigger, "activate")

    assert (paused, Trigger.objects.get().status) == ("paused", "active")


def test_an_incomplete_trigger_is_not_activated_and_says_why(console):
    trigger = factories.trigger(status="draft", url="", template=None)

    answer = press(console, trigger, "activate")

    assert "messagelist" in text(answer) or "errornote" in text(answer)
    assert Trigger.objects.get().status == "draft"


def test_a_test_emits_and_leads_to_its_delivery(console):
    trigger = ledger.trigger()

    answer = press(console, trigger, "test", payload='{"orderId": "try-1"}')

    delivery = Delivery.objects.get()
    assert delivery.is_test
    assert Event.objects.get().payload == '{"orderId": "try-1"}'
    assert answer.redirect_chain[-1][0] == reverse(
        "admin:dispatcher_delivery_change", args=[delivery.pk]
    )


def test_a_test_with_a_broken_payload_says_so_and_keeps_what_was_typed(console):
    trigger = ledger.trigger()

    page = text(press(console, trigger, "test", payload='{"broken": '))

    assert "This is not valid JSON" in page
    assert "{&quot;broken&quot;: " in page
    assert not Delivery.objects.exists()


def test_a_deleted_trigger_cancels_what_waits(console):
    trigger = ledger.trigger()
    delivery = ledger.delivery(state="pending")

    console.post(reverse("admin:postbacks_trigger_delete", args=[trigger.pk]), {"post": "yes"})

    delivery.refresh_from_db()
    assert delivery.state == "canceled"
    assert not Trigger.objects.exists()


def test_the_history_says_who_changed_what(console, operator):
    trigger = ledger.trigger()
    change(console, trigger, **as_typed(trigger, http_method="PUT"))

    page = text(console.get(reverse("admin:postbacks_trigger_history", args=[trigger.pk])))

    assert operator.username in page
    assert "PUT" in page
