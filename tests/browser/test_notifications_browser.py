"""From a switch to a delivered notification, by hand, in a real browser."""

from __future__ import annotations

import json
import urllib.request

import pytest
from api_client import Api
from engine_fixtures import forgetful_engine, receiver, receiver_process, run_pass  # noqa: F401

from notifications import documents
from notifications.models import Attachment
from notifications.services import switch_event

EVENT = "/admin/notifications/systemevent/on/order_completed/"


@pytest.fixture(autouse=True)
def tried_once(settings):
    """What fails, fails for good at once: so it is there to be retried by hand."""
    settings.NOTIFICATIONS_RETRY_DELAYS = []


def emit(live_server, source, reference):
    """A developer's system reports an order, over HTTP."""
    payload = documents.sample("order_completed") | {"source": source}
    payload["order"] |= {"reference": reference, "number": reference}
    body = {"type": "order_completed", "source": source, "payload": payload}
    request = urllib.request.Request(
        f"{live_server.url}/api/v1/system-events/",
        data=json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {Api().token}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=15) as answer:
        assert answer.status == 202
        return json.load(answer)


def switch_on(page):
    page.click("text=System events")
    switch = page.get_by_role("switch", name="Order completed")
    assert switch.get_attribute("aria-checked") == "false"
    switch.click()
    page.wait_for_selector("text=is switched on")
    assert (
        page.get_by_role("switch", name="Order completed").get_attribute("aria-checked") == "true"
    )


def attach_new_channel(page, url):
    page.click("a:has-text('Order completed')")
    page.click("a:has-text('Add a channel')")
    page.click(".pb-kind-card:has-text('Postback')")
    page.fill("[name=name]", "Warehouse")
    page.fill("[name=url]", url)
    page.click("button[name=_save]")
    page.wait_for_selector("text=is attached to this event")


def choose_sources(page):
    page.click("text=Edit sources")
    dialog = page.locator("dialog[open]")
    dialog.get_by_label("Shop").check()
    dialog.get_by_label("Funnel").check()
    dialog.get_by_role("button", name="Save").click()
    page.wait_for_selector("td:has-text('Shop, Funnel')")


def display_of(page, what):
    """How it is laid out: a table on a wide page, blocks under each other on a phone."""
    return page.locator(what).evaluate("(element) => getComputedStyle(element).display")


def find_order(page, reference):
    page.click("a:has-text('Orders')")
    page.fill("[name=q]", reference)
    page.press("[name=q]", "Enter")
    page.click(f"a.pb-title:has-text('{reference}')")


def test_from_a_switch_to_a_retry(open_console, live_server, receiver, run_pass):
    switch_event(event="order_completed", is_on=False)
    page = open_console()
    switch_on(page)
    attach_new_channel(page, f"{receiver.url}/flaky/1")
    choose_sources(page)
    assert Attachment.objects.get().sources == ["shop", "funnel"]
    assert display_of(page, ".pb-attached tbody") == "table-row-group"

    skipped = emit(live_server, "admin", "A-1")
    emitted = emit(live_server, "funnel", "F-1")

    assert [one["reason"] for one in skipped["skips"]] == [
        "Source filtered out: the channel is attached for funnel, shop"
    ]
    assert len(emitted["deliveries"]) == 1
    run_pass()
    find_order(page, "F-1")
    page.wait_for_selector("h1:has-text('1 failed')")
    page.wait_for_selector("text=Attempt 1: Rejected by the receiver (503")
    page.click("form button:has-text('Retry')")
    page.wait_for_selector("text=1 notification is sent again")
    run_pass()
    page.wait_for_selector("h1:has-text('Everything arrived')")
    page.wait_for_selector("text=Attempt 2: Delivered (200 OK)")
    first, second = receiver.wait_for(2)
    assert first["headers"]["webhook-id"] == second["headers"]["webhook-id"]
    assert json.loads(second["body"])["order"]["reference"] == "F-1"


def test_a_message_is_written_beside_its_preview(open_console):
    page = open_console()
    page.goto(f"{EVENT}message/")
    page.wait_for_selector("[data-message-state]:has-text('Valid')")

    page.fill("#part-title", "Sold: {{ order.number }}")
    page.wait_for_selector("[data-message-part=title]:has-text('Sold: 1001')")
    page.fill("#part-text", "<b>{{ contact.name }}</b> {{ nobody }}")
    page.wait_for_selector("[data-message-part=text]:has-text('<b>Ann Lindqvist</b>')")
    page.wait_for_selector("[data-message-problems] li:has-text('nobody')")
    page.click("button:has-text('Save')")

    page.wait_for_selector("text=It counts from the next event on")
    assert page.input_value("#part-title") == "Sold: {{ order.number }}"
    page.click("text=All versions")
    page.wait_for_selector(".pb-diff-added:has-text('Sold: {{ order.number }}')")
    page.click(".pb-rows a:has-text('As it came')")
    page.click("text=Restore what it came with")
    page.wait_for_selector("text=What the service comes with is back, as version 2.")
    assert page.input_value("#part-title") != "Sold: {{ order.number }}"
