"""A destination's page: what of what waits is held, when the rest is sent, and who paused it."""

from __future__ import annotations

from datetime import timedelta

import factories
import ledger
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from lxml import html

from dispatcher import services
from dispatcher.models import Delivery, Rule, Tally
from dispatcher.sql import now

URL = "https://shop.example/in"


@pytest.fixture
def mixed(db):
    """Three that wait behind a resting trigger, and two of another, for one destination."""
    resting = ledger.trigger(name="Tell my shop", url=URL)
    held = [ledger.delivery(number, state="pending", attempts=0) for number in range(3)]
    services.pause_rule(resting.rule_id, reason="Not now.")
    other = ledger.trigger(name="Tell the warehouse", url=URL)
    for number in (4, 5):
        ledger.delivery(number, state="pending", attempts=0)
    Delivery.objects.filter(rule=resting.rule_id).exclude(pk__in=[row.pk for row in held]).delete()
    Rule.objects.filter(pk=resting.rule_id).update(state="active", breaker="open")
    assert Delivery.objects.filter(rule=other.rule_id).count() == 2
    return held[0]


def page_of(console, delivery):
    address = reverse("admin:dispatcher_destination_change", args=[delivery.destination_id])
    return html.fromstring(console.get(address).content.decode())


def fact(page, name):
    [found] = page.xpath(f"//dl/dt[normalize-space()='{name}']/following-sibling::dd[1]")
    return found


def words(element):
    return " ".join(element.text_content().split())


def delivered(destination, *, this_hour):
    hour = now().replace(minute=0, second=0, microsecond=0) - timedelta(hours=1)
    Tally.objects.create(
        grain=Tally.Grain.HOUR, scope="to", key=destination, starts_at=hour, delivered=this_hour
    )


def test_what_is_held_by_a_resting_trigger_is_named_beside_what_waits(console, mixed):
    page = page_of(console, mixed)

    assert words(fact(page, "Waiting")) == "5"
    assert words(fact(page, "Held")).startswith("3 of them Tell my shop: resting after failures")
    rule = Rule.objects.get(pk=mixed.rule_id)
    held, cause = fact(page, "Held").xpath(".//a/@href")
    assert len(console.get(held).context["cl"].result_list) == 3
    assert cause == rule.link


def test_the_first_line_does_not_say_that_all_is_sent_while_some_is_held(console, mixed):
    [said] = page_of(console, mixed).xpath("//*[contains(@class, 'pb-hero-words')]")

    assert "sent as they come" not in words(said)
    assert "3 of what waits for it are held" in words(said)


def test_what_is_held_is_left_out_of_the_estimate(console, mixed):
    delivered(mixed.destination_id, this_hour=60)

    said = words(fact(page_of(console, mixed), "Will be sent"))

    assert said == "in about 2 min, but for what is held"


def test_with_everything_held_nothing_is_estimated(console, mixed):
    delivered(mixed.destination_id, this_hour=60)
    Rule.objects.update(breaker="open")

    said = words(fact(page_of(console, mixed), "Will be sent"))

    assert said == "when what holds it goes on"


def test_what_an_inactive_customer_holds_is_said(console, db):
    ledger.trigger(url=URL)
    uid = ledger.emit(customer=factories.customer()).deliveries[0].id
    delivery = Delivery.objects.get(uid=uid)
    services.hold_owner(delivery.owner, reason="The customer is not active.")

    said = words(fact(page_of(console, delivery), "Held"))

    assert said == "1 of them 1 customer or affiliate: not active"


def test_a_paused_destination_names_nothing_else(console, mixed):
    services.pause_destination(mixed.destination_id)

    page = page_of(console, mixed)

    assert words(fact(page, "Will be sent")) == "when somebody resumes it"
    assert not page.xpath("//dt[normalize-space()='Held']")


def test_the_history_says_who_paused_and_resumed_it(console, operator, mixed):
    for verb in ("pause", "resume"):
        console.post(reverse(f"admin:dispatcher_destination_{verb}", args=[mixed.destination_id]))

    said = words(page_of(console, mixed))

    assert f"Paused by hand by {operator}" in said
    assert f"Resumed by hand by {operator}" in said


def test_the_page_needs_few_statements(console, mixed):
    page_of(console, mixed)

    with CaptureQueriesContext(connection) as captured:
        page_of(console, mixed)

    assert len(captured) <= 15
