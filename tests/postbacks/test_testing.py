"""The Test button's service."""

from __future__ import annotations

import factories
import pytest

from dispatcher.models import Delivery
from postbacks import services

pytestmark = pytest.mark.django_db


def fire(trigger, **values):
    uid = services.test_trigger(trigger=trigger, **values)
    return Delivery.objects.select_related("event").get(uid=uid)


@pytest.mark.parametrize("status", ["draft", "active"])
def test_a_test_is_sent_by_this_triggers_route_and_no_other(status):
    customer = factories.customer()
    trigger = factories.trigger(customer=customer, status=status)
    factories.trigger(customer=customer)

    delivery = fire(trigger)

    assert Delivery.objects.count() == 1
    assert delivery.route == trigger.rule.route
    assert delivery.rule_id == trigger.rule_id
    assert delivery.is_test
    assert delivery.event.is_test


def test_a_test_never_waits_for_an_order_of_that_name():
    trigger = factories.trigger(is_ordered=True)

    delivery = fire(trigger, payload='{"orderId": "A-1"}')

    assert delivery.event.subject == "order:A-1"
    assert delivery.ordering_key == ""


def test_a_test_knows_who_fired_it_and_for_whom():
    operator = factories.operator()
    trigger = factories.trigger()

    delivery = fire(trigger, by=operator)

    assert delivery.event.emitter == f"user:{operator.pk}"
    assert delivery.owner == trigger.customer.owner


def test_without_a_payload_the_sample_of_the_event_is_sent():
    delivery = fire(factories.trigger(event="order_failed"))

    assert '"errorReason"' in delivery.event.payload


def test_without_a_payload_the_templates_own_sample_comes_first():
    template = factories.template(sample='{"orderId": "mine"}')

    delivery = fire(factories.trigger(template=template))

    assert delivery.event.payload == '{"orderId": "mine"}'


def test_a_templates_sample_of_another_event_is_not_used():
    template = factories.template(sample='{"orderId": "mine"}', event="order_failed")

    delivery = fire(factories.trigger(template=template, event="order_shipped"))

    assert "PO-1001" in delivery.event.payload


def test_a_test_uses_what_is_saved_not_what_is_being_edited():
    trigger = factories.trigger()
    trigger.url = "https://elsewhere.example/"

    assert fire(trigger).route.spec["url"] == factories.URL


def test_an_incomplete_draft_cannot_be_tested(refused):
    trigger = factories.trigger(status="draft", url="", template=None)

    with refused(url="Give the URL", template="Choose the template"):
        services.test_trigger(trigger=trigger)


def test_a_draft_that_became_incomplete_is_not_tested_by_its_old_route(refused):
    trigger = factories.trigger(status="draft")
    trigger.template = None
    services.save_trigger(trigger=trigger)

    with refused(template="Choose the template"):
        services.test_trigger(trigger=trigger)


def test_a_paused_triggers_test_would_wait_so_it_is_refused(refused):
    with refused(status="Resume it first"):
        services.test_trigger(trigger=factories.trigger(status="paused"))


def test_an_inactive_customers_test_would_wait_so_it_is_refused(refused):
    trigger = factories.trigger()
    services.deactivate_customer(customer=trigger.customer)

    with refused(customer="Activate it first"):
        services.test_trigger(trigger=trigger)


def test_a_bad_payload_is_refused(refused):
    with refused(payload="not valid JSON"):
        services.test_trigger(trigger=factories.trigger(), payload="{")
