"""Triggers at a glance, and what is said before one is activated."""

from __future__ import annotations

import factories
import pytest
from django.utils import timezone

from dispatcher import services as dispatcher
from dispatcher.models import Delivery, Destination, Rule
from postbacks import services
from postbacks.admin.wording import success_words
from postbacks.models import Trigger

pytestmark = pytest.mark.django_db

NOT_TESTED = "It was not tested since it, or its template, was last changed. Press Test first."


def sent(trigger, *states, is_test=False):
    """Deliveries of this trigger that ended so, oldest first."""
    uids = []
    for state in states:
        uid = services.test_trigger(trigger=trigger)
        ended = None if state == "pending" else timezone.now()
        Delivery.objects.filter(uid=uid).update(state=state, is_test=is_test, finished_at=ended)
        uids.append(uid)
    return Delivery.objects.get(uid=uids[-1])


def health(trigger):
    return services.trigger_health([trigger])[trigger.pk]


def test_health_counts_real_deliveries_and_shows_the_last():
    trigger = factories.trigger()
    last = sent(trigger, "failed", "delivered", "delivered", "failed")
    sent(trigger, "failed", is_test=True)

    found = health(trigger)

    assert (found.delivered, found.failed, found.success_rate) == (2, 2, 0.5)
    assert (found.last_state, found.last_at, found.held) == ("failed", last.finished_at, "")


def test_health_looks_at_the_newest_hundred_only(monkeypatch):
    monkeypatch.setattr("dispatcher.services.rule_health.LOOKED_AT", 3)
    trigger = factories.trigger()
    sent(trigger, "failed", "failed", "delivered", "delivered", "pending")

    found = health(trigger)

    assert (found.delivered, found.failed, found.last_state) == (2, 0, "pending")


@pytest.mark.parametrize(
    ("states", "words"),
    [
        pytest.param(["pending", "pending"], "none has ended yet", id="there are no others"),
        pytest.param(
            ["failed", "pending", "pending", "pending"],
            "none of the newest 3 has ended",
            id="older ones have ended",
        ),
        pytest.param(["failed", "delivered", "pending"], "1 of 2 arrived", id="some have ended"),
    ],
)
def test_what_is_said_of_the_newest_is_not_said_of_all(states, words, monkeypatch):
    monkeypatch.setattr("dispatcher.services.rule_health.LOOKED_AT", 3)
    trigger = factories.trigger()
    sent(trigger, *states)

    assert success_words(health(trigger)) == words


def test_a_trigger_that_sent_nothing_has_no_rate():
    found = health(factories.trigger())

    assert (found.last_at, found.last_state, found.success_rate) == (None, "", None)


def test_health_costs_two_statements_for_any_number(django_assert_max_num_queries):
    triggers = [factories.trigger() for _ in range(5)]
    sent(triggers[0], "delivered")
    sent(triggers[1], "failed")

    with django_assert_max_num_queries(2):
        found = services.trigger_health(triggers)

    assert [found[one.pk].success_rate for one in triggers] == [1.0, 0.0, None, None, None]


def test_health_says_why_nothing_is_sent():
    paused, resting, of_inactive, stopped = (
        factories.trigger(url=f"https://{name}.example/") for name in "abcd"
    )
    services.set_trigger_status(trigger=paused, status=Trigger.Status.PAUSED)
    Rule.objects.filter(pk=resting.rule_id).update(breaker="open")
    services.deactivate_customer(customer=of_inactive.customer)
    dispatcher.pause_destination(Destination.objects.get(key="https://d.example:443").pk)

    found = services.trigger_health([paused, resting, of_inactive, stopped])

    assert [one.held for one in found.values()] == [
        "The trigger is paused.",
        "It failed repeatedly and rests for a while; then it is tried again.",
        "The customer is inactive.",
        "Its destination was paused by hand.",
    ]


def test_notes_name_a_draft_template_and_an_inactive_customer():
    customer = factories.customer(name="Nord", is_active=False)
    template = factories.template(name="Shipped", status="draft")
    trigger = factories.trigger(customer=customer, template=template, status="draft")

    notes = services.activation_notes(trigger)

    assert len(notes) == 3
    assert "“Shipped” is a draft" in notes[0]
    assert "“Nord” is inactive" in notes[1]
    assert notes[2] == NOT_TESTED


def test_a_test_that_arrived_leaves_nothing_to_say():
    trigger = factories.trigger(status="draft")

    sent(trigger, "delivered", is_test=True)

    assert services.activation_notes(trigger) == []


@pytest.mark.parametrize(
    ("state", "words"),
    [("pending", "still on its way"), ("failed", "Its last test failed")],
)
def test_a_test_that_did_not_arrive_is_mentioned(state, words):
    trigger = factories.trigger(status="draft")
    sent(trigger, "delivered", is_test=True)

    sent(trigger, state, is_test=True)

    assert words in services.activation_notes(trigger)[0]


def test_a_change_of_trigger_or_template_asks_for_another_test():
    trigger = factories.trigger(status="draft")
    sent(trigger, "delivered", is_test=True)
    template = trigger.template

    template.body = '{"changed": "{{ orderId }}"}'
    services.save_template(template=template)
    after_template = services.activation_notes(Trigger.objects.get(pk=trigger.pk))
    sent(trigger, "delivered", is_test=True)
    changed = Trigger.objects.get(pk=trigger.pk)
    changed.url = "https://elsewhere.example/"
    services.save_trigger(trigger=changed)

    assert after_template == [NOT_TESTED]
    assert services.activation_notes(changed) == [NOT_TESTED]


def test_what_changes_nothing_that_is_sent_asks_for_no_other_test():
    trigger = factories.trigger(status="draft")
    sent(trigger, "delivered", is_test=True)

    trigger.refresh_from_db()
    trigger.name = "Another name"
    services.save_trigger(trigger=trigger)

    assert services.activation_notes(trigger) == []


def test_notes_of_what_is_not_complete_are_no_wall():
    assert services.activation_notes(Trigger(event="order_shipped")) == []


def test_a_test_from_the_mapper_counts_as_well():
    trigger = factories.trigger(status="draft")

    uid = services.test_template(template=trigger.template, payload="{}", target=trigger)
    Delivery.objects.filter(uid=uid).update(state="delivered", finished_at=timezone.now())

    assert services.activation_notes(trigger) == []
