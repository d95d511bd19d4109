from __future__ import annotations

import factories
import pytest

from dispatcher.types import Match, NewEvent, SkipMatch
from postbacks import services
from postbacks.models import Template
from postbacks.routing import compile_trigger, match

pytestmark = pytest.mark.django_db


def event(customer, event_type="order_shipped"):
    return NewEvent(
        type=event_type,
        payload="{}",
        emitter="user:1",
        endpoint="order-events",
        owner=customer.owner if customer else "",
    )


def rules_of(plan):
    return [one.rule_id for one in plan.matches]


def test_a_trigger_matches_its_customers_events_of_its_type_and_no_others():
    trigger = factories.trigger(event="order_shipped")
    other = factories.customer()

    plans = match(
        [
            event(trigger.customer),
            event(trigger.customer, "order_failed"),
            event(other),
        ]
    )

    assert [rules_of(plan) for plan in plans] == [[trigger.rule_id], [], []]
    assert all(not plan.skips for plan in plans)


def test_a_trigger_of_every_customer_matches_anybodys():
    trigger = factories.trigger(customer=None)

    plans = match([event(factories.customer()), event(factories.customer()), event(None)])

    assert [rules_of(plan) for plan in plans] == [[trigger.rule_id]] * 3


def test_all_that_match_are_sent():
    own = factories.trigger()
    again = factories.trigger(customer=own.customer)
    shared = factories.trigger(customer=None)

    [plan] = match([event(own.customer)])

    assert set(rules_of(plan)) == {own.rule_id, again.rule_id, shared.rule_id}


def test_a_match_says_by_which_route_where_to_and_whether_in_order():
    trigger = factories.trigger(is_ordered=True)
    route = trigger.rule.route

    [plan] = match([event(trigger.customer)])

    assert plan.matches == [
        Match(trigger.rule_id, route.pk, route.destination_id, delay=0, is_ordered=True)
    ]
    assert plan.matches[0].is_ordered is True


def test_a_draft_is_skipped_with_its_reason():
    trigger = factories.trigger(status="draft")

    [plan] = match([event(trigger.customer)])

    assert not plan.matches
    assert plan.skips == [SkipMatch(trigger.rule_id, "Trigger is a draft")]


def test_a_template_that_is_not_active_is_skipped_with_its_reason():
    template = factories.template(name="Shipping note")
    trigger = factories.trigger(template=template)
    services.set_template_status(template=template, status="draft")

    [plan] = match([event(trigger.customer)])

    assert not plan.matches
    assert plan.skips == [SkipMatch(trigger.rule_id, "Template is not active: Shipping note")]


def test_a_long_template_name_still_fits_the_reason():
    template = factories.template(name="n" * 255)
    trigger = factories.trigger(template=template)
    Template.objects.filter(pk=template.pk).update(status="draft")

    [plan] = match([event(trigger.customer)])

    assert len(plan.skips[0].reason) == 255


def test_a_paused_trigger_matches_because_its_deliveries_are_held_not_dropped():
    trigger = factories.trigger(status="paused")

    [plan] = match([event(trigger.customer)])

    assert rules_of(plan) == [trigger.rule_id]


def test_an_inactive_customers_events_are_skipped_even_by_a_trigger_of_every_customer():
    own = factories.trigger()
    shared = factories.trigger(customer=None)
    owner = own.customer.owner

    inactive, active = match([event(own.customer), event(factories.customer())], inactive={owner})

    assert not inactive.matches
    assert {skip.rule_id for skip in inactive.skips} == {own.rule_id, shared.rule_id}
    assert {skip.reason for skip in inactive.skips} == {"Customer is inactive"}
    assert rules_of(active) == [shared.rule_id]


def test_one_query_matches_a_whole_batch(django_assert_num_queries):
    customers = [factories.customer() for _ in range(5)]
    for customer in customers:
        factories.trigger(customer=customer)
    events = [
        event(customer, event_type)
        for customer in customers
        for event_type in ("order_shipped", "order_failed", "order_received")
    ]

    with django_assert_num_queries(1):
        plans = match(events)

    assert sum(len(plan.matches) for plan in plans) == 5


def test_the_same_trigger_always_compiles_to_the_same_route():
    trigger = factories.trigger()

    services.save_trigger(trigger=trigger)

    assert compile_trigger(trigger) == compile_trigger(trigger)
    assert trigger.rule.routes.count() == 1


def test_going_back_to_an_earlier_configuration_finds_its_route_again():
    trigger = factories.trigger()
    first = trigger.rule.route
    trigger.http_method = "PUT"
    services.save_trigger(trigger=trigger)

    trigger.http_method = "POST"
    services.save_trigger(trigger=trigger)

    assert trigger.rule.route == first
