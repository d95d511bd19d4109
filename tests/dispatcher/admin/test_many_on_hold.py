"""More is on hold than any page lists, and most of it holds nothing: what is held is known."""

from __future__ import annotations

from datetime import timedelta

import ledger
import pytest
from django.urls import reverse
from django.utils import timezone
from lxml import html

from dispatcher import services
from dispatcher.models import BulkJob, Delivery, Destination, Heartbeat, OwnerHold, Rule
from dispatcher.selecting import matching

MANY = 2_001


@pytest.fixture
def late(db):
    """A delivery that should have been sent hours ago, while a worker is running."""
    now = timezone.now()
    Heartbeat.objects.create(name="host:1", started_at=now, beat_at=now)
    ledger.trigger(name="Tell my shop", url="https://shop.example/in")
    delivery = ledger.delivery(state="pending", attempts=0)
    Delivery.objects.update(due_at=now - timedelta(hours=3))
    return delivery


def many_rules(delivery):
    """The rule was made after all those; so were the others in their way."""
    rows = [Rule(kind="postback", name=f"No {number}", state="paused") for number in range(MANY)]
    first = Rule.objects.bulk_create(rows)[0]
    Rule.objects.filter(pk=delivery.rule_id).update(state="paused")
    last = Rule.objects.create(
        kind="trigger", name="The last", state="paused", route=delivery.route
    )
    Delivery.objects.filter(pk=delivery.pk).update(rule=last)
    assert last.pk > first.pk + 2_000


def many_destinations(delivery):
    keys = [f"https://{number}.example:443" for number in range(MANY)]
    Destination.objects.bulk_create(Destination(key=key, state="paused") for key in keys)
    last = Destination.objects.create(key="https://the-last.example:443", state="paused")
    Delivery.objects.filter(pk=delivery.pk).update(destination=last)


def many_owners(delivery):
    names = [f"customer:0{number}" for number in range(MANY)]
    OwnerHold.objects.bulk_create(OwnerHold(owner=name, reason="x") for name in names)
    services.hold_owner("customer:the-last", reason="The customer is not active.")
    Delivery.objects.filter(pk=delivery.pk).update(owner="customer:the-last")


@pytest.fixture(params=[many_rules, many_destinations, many_owners], ids=lambda way: way.__name__)
def held(request, late):
    """It is held by what would come last in any list."""
    request.param(late)
    return Delivery.objects.get(pk=late.pk)


def page_of(console, address):
    return html.fromstring(console.get(address).content.decode())


def words(page, path="//*[contains(@class, 'pb-hero-words')]"):
    return " ".join(" ".join(page.xpath(path)[0].itertext()).split())


def test_the_headline_says_that_it_is_held_and_not_that_it_is_late(console, held):
    said = words(page_of(console, "/admin/"))

    assert said.startswith("1 delivery is held")
    assert "should have been sent" not in said


def test_it_is_in_the_list_of_what_is_held(held):
    assert matching({"state": "held"}).get() == held


def test_it_is_not_in_the_list_of_what_is_late(held):
    assert not matching({"state": "late"}).exists()


def test_what_nothing_holds_is_late_and_not_held(late, console):
    Rule.objects.create(kind="trigger", name="Another", state="paused")

    assert matching({"state": "late"}).get() == late
    assert not matching({"state": "held"}).exists()
    assert words(page_of(console, "/admin/")).startswith("The oldest delivery should have been")


def test_what_has_no_receiver_yet_is_late_like_any_other(late):
    Delivery.objects.update(destination=None)

    assert matching({"state": "late"}).get() == late


def test_the_rule_of_a_delivery_that_is_held_is_named(console, late):
    many_rules(late)

    page = page_of(console, "/admin/")

    assert "Trigger “The last” is paused." in words(page)
    row = "//div[@class='pb-row'][.//a[normalize-space()='The last']]"
    assert "1 waiting" in words(page, row)


def test_all_that_is_on_hold_is_counted(console, late):
    many_destinations(late)
    Destination.objects.filter(key__startswith="https://1").update(state="active", breaker="open")
    resting = Destination.objects.filter(breaker="open").count()

    said = words(page_of(console, "/admin/"))

    assert f"{resting:,} destinations are resting after failures." in said
    assert f"{MANY + 1 - resting:,} destinations are paused by hand." in said


def test_the_page_of_its_destination_says_what_holds_it(console, late):
    many_rules(late)
    address = reverse("admin:dispatcher_destination_change", args=[late.destination_id])

    page = page_of(console, address)

    assert "1 of what waits for it is held" in words(page)
    assert page.xpath("//dl//a[normalize-space()='The last']")


def test_the_page_of_the_job_that_sent_it_again_says_that_it_is_held(console, held):
    job = BulkJob.objects.create(
        verb="resend", state="done", done=1, total=1, created_at=timezone.now()
    )
    Delivery.objects.update(job=job)

    page = page_of(console, reverse("admin:dispatcher_delivery_job", args=[job.uid]))

    assert "1 of them is held at this moment." in words(page, "//div[@id='job']")
