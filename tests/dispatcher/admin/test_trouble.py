"""What is held is said where an operator looks first: headline, tile, what is in trouble."""

from __future__ import annotations

import factories
import ledger
import pytest
from django.urls import reverse
from django.utils import timezone
from lxml import html

from dispatcher import services
from dispatcher.models import Delivery, Heartbeat, Rule

INDEX = "admin:index"


@pytest.fixture
def worker(db):
    now = timezone.now()
    return Heartbeat.objects.create(name="host:1", started_at=now, beat_at=now)


@pytest.fixture
def waiting(worker):
    """Three deliveries of a trigger that wait."""
    ledger.trigger(name="Tell my shop")
    return [ledger.delivery(number, state="pending", attempts=0) for number in range(3)]


def rests(rule_id, breaker="open"):
    Rule.objects.filter(pk=rule_id).update(breaker=breaker, breaker_since=timezone.now())


def pauses_its_destination(delivery):
    services.pause_destination(delivery.destination_id)


def customer_is_not_active(delivery):
    services.hold_owner(delivery.owner, reason="The customer is not active.")


def overview(console):
    return html.fromstring(console.get(reverse(INDEX)).content.decode())


def words(page, path="//*[contains(@class, 'pb-hero-words')]"):
    return " ".join(" ".join(page.xpath(path)[0].itertext()).split())


def tile(page, label):
    path = f"//a[contains(@class, 'pb-figure')][span[normalize-space()='{label}']]"
    return words(page, path)


def listed(console, address):
    return console.get(address).context["cl"].result_list


def test_with_nothing_paused_everything_is_running(console, waiting):
    page = overview(console)

    assert words(page).startswith("Everything is running 1 worker is running. Deliveries are sent")
    assert "Nothing is paused or resting." in page.text_content()


@pytest.mark.parametrize("breaker", ["open", "half_open"])
def test_the_headline_warns_while_a_trigger_is_resting_after_failures(console, waiting, breaker):
    rests(waiting[0].rule_id, breaker)

    page = overview(console)

    assert words(page).startswith("3 deliveries are held Trigger “Tell my shop” is resting after")
    assert "sent as they come" not in words(page)
    assert "pb-warn" in page.xpath("//section[contains(@class, 'pb-hero')]/@class")[0]
    assert "3 held" in tile(page, "Waiting now")
    [link] = page.xpath("//a[normalize-space()='Show what is held']/@href")
    assert len(listed(console, link)) == 3


@pytest.mark.parametrize(
    ("pause", "why"),
    [
        pytest.param(
            lambda row: services.pause_rule(row.rule_id, reason="By hand."),
            "1 delivery is held Trigger “Tell my shop” is paused",
            id="trigger-paused",
        ),
        pytest.param(
            pauses_its_destination,
            "1 delivery is held Destination shop.example is paused by hand",
            id="destination-paused",
        ),
        pytest.param(
            customer_is_not_active,
            "1 delivery is held 1 customer or affiliate is not active",
            id="customer-not-active",
        ),
    ],
)
def test_the_headline_says_why_deliveries_are_held(console, worker, pause, why):
    ledger.trigger(name="Tell my shop", url="https://shop.example/in")
    customer = factories.customer()
    uid = ledger.emit(customer=customer).deliveries[0].id

    pause(Delivery.objects.get(uid=uid))

    assert words(overview(console)).startswith(why)


def test_a_paused_destination_for_which_nothing_waits_is_in_the_headline_too(console, worker):
    ledger.trigger(url="https://shop.example/in")
    pauses_its_destination(ledger.delivery())

    said = words(overview(console))

    assert said.startswith("Nothing is held, but not everything is running Destination shop.exam")


def test_a_paused_trigger_for_which_nothing_waits_leaves_the_headline_as_it_is(console, worker):
    ledger.trigger(name="Tell my shop")
    services.pause_rule(ledger.delivery().rule_id, reason="By hand.")

    page = overview(console)

    assert words(page).startswith("Everything is running")
    assert page.xpath("//a[normalize-space()='Tell my shop']")


def test_what_rests_or_is_paused_is_listed_with_what_waits_for_it(console, waiting):
    rests(waiting[0].rule_id)
    rule = Rule.objects.get(pk=waiting[0].rule_id)

    page = overview(console)

    row = "//div[@class='pb-row'][.//a[normalize-space()='Tell my shop']]"
    assert "Resting after failures" in words(page, row)
    assert page.xpath(f"{row}//a/@href")[0] == rule.link
    [waits] = page.xpath(f"{row}//a[contains(., 'waiting')]/@href")
    assert len(listed(console, waits)) == 3
    [all_of_them] = page.xpath("//a[@aria-label='All that is resting or paused']/@href")
    assert [one.pk for one in listed(console, all_of_them)] == [rule.pk]


def test_no_worker_is_more_urgent_than_what_is_held(console, waiting):
    Heartbeat.objects.all().delete()
    rests(waiting[0].rule_id)

    said = words(overview(console))

    assert said.startswith("No worker is running")
    assert "3 deliveries are held" in said


def test_beyond_what_is_counted_the_page_says_at_least(console, waiting, monkeypatch):
    monkeypatch.setattr("dispatcher.admin.waiting.MOST", 2)
    rests(waiting[0].rule_id)

    page = overview(console)

    assert words(page).startswith("2+ deliveries are held")
    assert "2+ held" in tile(page, "Waiting now")
