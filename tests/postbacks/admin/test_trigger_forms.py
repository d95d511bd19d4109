"""Triggers as operators save them, press their buttons and delete them."""

from __future__ import annotations

import re

import factories
import ledger
import pytest
from django.urls import reverse
from postback_pages import change, errors_of, page_of, text

from dispatcher.models import Delivery, Event
from postbacks import services
from postbacks.models import Trigger


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
