"""What it costs to open a page, found from the resolver: no more with many rows than few."""

from __future__ import annotations

import every_page
import found
import ledger
import notification_factories as notifications
import offer_factories as offers
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rights import AFFILIATE, SUPERUSER
from world import World, undone

from notifications.events import EventType

LIMIT = 15
MORE = 17
KINDS_MORE = 3  # another kind of owner on the page is another statement; another row is none
PAGES_AT_LEAST = 135
ANSWERS = {200, 301, 302, 400, 403, 404, 405, 503}  # 503: no worker runs here


def fill(world, rows):
    """So many more rows of everything, most of them of what the pages of one row are about."""
    every_page.fill(world.people[SUPERUSER], rows)
    own = world.own
    for number in range(rows):
        affiliate, offer = offers.affiliate(), offers.offer()
        offers.goal(own["offer"])
        offers.goal(offer)
        offers.postback(affiliate=own["affiliate"], offer=offer)
        offers.postback(affiliate=affiliate, offer=own["offer"], goal=own["goal"])
        offers.conversion(affiliate=own["affiliate"], offer=own["offer"], status="done")
        offers.conversion(affiliate=affiliate, offer=own["offer"])
        offers.affiliate_user(own["affiliate"])
        event = list(EventType)[number % len(EventType)]
        notifications.attachment(event, name=f"Channel of row {number} and {rows}")
        notifications.purchase(f"tx-{rows}-{number}", order=f"PO-{rows}-{number}", source="shop")
        notifications.purchase(f"retry-{rows}-{number}", order="PO-1", source="shop")


def statements(world):
    """Name → the statements that its page needed, for all that can be opened."""
    counted = {}
    clients = {role: world.client(role) for role in (SUPERUSER, AFFILIATE)}
    for page in found.pages():
        role = AFFILIATE if page.name.startswith("affiliates:") else SUPERUSER
        address = page.address(world.part(page, role))
        with undone(), CaptureQueriesContext(connection) as captured:
            answer = clients[role].get(address)
            _ = answer.content if not answer.streaming else list(answer.streaming_content)
        assert answer.status_code in ANSWERS, address
        if answer.status_code == 200:
            counted[page.key] = [row["sql"] for row in captured]
    return counted


@pytest.mark.django_db
def test_a_page_needs_at_most_15_statements_however_many_rows_there_are():
    world = World()
    ledger.trigger(name="For every customer")
    fill(world, 3)
    few = statements(world)
    fill(world, MORE)

    many = statements(world)

    counts = {name: (len(few[name]), len(many[name])) for name in many}
    before, after = counts.pop("configuration-download")
    assert after - before == MORE, "The whole configuration: one statement a lookup table, no more."
    assert len(counts) >= PAGES_AT_LEAST
    assert {name: pair for name, pair in counts.items() if max(pair) > LIMIT} == {}
    assert {name: pair for name, pair in counts.items() if pair[1] - pair[0] > KINDS_MORE} == {}
