"""Two journeys of an operator, click by click."""

from __future__ import annotations

from datetime import timedelta

import factories
import ledger

from dispatcher import rollups
from dispatcher.models import Delivery, Tally
from dispatcher.services import jobs
from dispatcher.sql import now


def test_a_customer_says_that_nothing_arrived_and_three_clicks_show_the_cause(open_console):
    ledger.trigger(name="Tell the shop", url="https://shop.example/in")
    factories.trigger(name="Tell the warehouse", customer=None, status="draft")
    delivery = ledger.delivery(7, state="failed")
    Delivery.objects.filter(pk=delivery.pk).update(cause="503")
    page = open_console()

    page.click("text=Why was nothing sent?")  # 1
    page.fill("#sought", "PO-7")
    page.click("text=Find out")  # 2
    draft = page.locator("tr", has_text="Tell the warehouse")
    assert "draft" in draft.inner_text().lower()
    assert "503 Service Unavailable" in page.locator("tr", has_text="Tell the shop").inner_text()
    page.click("text=Open the delivery")  # 3

    page.wait_for_selector("#delivery h1:has-text('rejected by the receiver (503)')")
    assert "carrier is missing" in page.content()


def test_a_receiver_was_down_for_an_hour_and_exactly_its_failures_are_resent(open_console):
    ledger.trigger(url="https://shop.example/in")
    hour = now().replace(minute=0, second=0, microsecond=0) - timedelta(hours=5)
    down = [ended_at(number, hour + timedelta(minutes=number)) for number in range(1, 5)]
    others = [ended_at(8, hour - timedelta(minutes=5)), ended_at(9, now())]
    rollups.fold()
    page = open_console()

    page.goto("/admin/?window=day")
    page.click("summary:has-text('As a table')")
    page.click("table a.pb-link:text-is('4')")
    page.click("text=Resend or cancel all that match")
    page.wait_for_selector("h1:has-text('4 deliveries match')")
    page.check("input[value=resend]")
    page.click("button:has-text('Do this with 4 deliveries')")
    page.wait_for_selector("#job h1:has-text('running')")
    while jobs.step():
        pass
    page.wait_for_selector("#job h1:has-text('done')")

    assert set(Delivery.objects.filter(state="pending").values_list("pk", flat=True)) == set(down)
    assert Delivery.objects.filter(pk__in=others, state="failed").count() == 2


def ended_at(number, moment):
    """A delivery that failed at this time, as it stands in ledger and figures."""
    delivery = ledger.delivery(number, state="failed")
    Delivery.objects.filter(pk=delivery.pk).update(finished_at=moment)
    minute = moment.replace(second=0, microsecond=0)
    Tally.objects.create(grain=0, scope="all", starts_at=minute, attempts=1, failed={"rejected": 1})
    return delivery.pk
