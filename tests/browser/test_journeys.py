"""Two journeys of an operator, click by click, and pages that everybody can use."""

from __future__ import annotations

from datetime import timedelta

import factories
import ledger
import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse

from dispatcher import rollups
from dispatcher.models import Delivery, Destination, Tally, Transition
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


PAGES = ("overview", "list", "why", "failures", "matching", "delivery", "destination", "job")


@pytest.fixture
def addresses(operator):
    ledger.trigger(name="Tell the shop", url=f"https://shop.example/{'path/' * 30}")
    delivery = ledger.delivery(7, state="failed", attempts=2)
    ended_at(8, now())
    rollups.fold()
    destination = Destination.objects.get()
    Transition.objects.create(destination=destination, kind="opened", reason="Timed out", at=now())
    job = jobs.start(verb="resend", selection={"state": "failed"})
    name = "admin:dispatcher_delivery_{}".format
    return {
        "overview": reverse("admin:index"),
        "list": reverse(name("changelist")),
        "why": f"{reverse(name('why'))}?q=PO-7",
        "failures": reverse(name("failures")),
        "matching": f"{reverse(name('matching'))}?state=failed",
        "delivery": reverse(name("change"), args=[delivery.pk]),
        "destination": reverse("admin:dispatcher_destination_change", args=[destination.pk]),
        "job": reverse(name("job"), args=[job.uid]),
    }


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_pages_fit_their_window_and_shut_nobody_out(open_console, addresses, width, theme):
    page = open_console(width=width, theme=theme)
    wrong = []

    for name in PAGES:
        page.goto(addresses[name])
        if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
            wrong.append(f"{name} is wider than its window")
        found = Axe().run(page).response["violations"]
        wrong += [
            f"{name}: {one['id']} {[node['html'][:120] for node in one['nodes']]}"
            for one in found
            if one["impact"] in {"serious", "critical"}
        ]

    assert wrong == []
