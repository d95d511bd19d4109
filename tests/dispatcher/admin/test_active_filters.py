"""A filtered list says what it is filtered by, and how to take each filter off."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import ledger
import offer_factories as make
import pytest
from django.urls import reverse
from lxml import html

from dispatcher.models import Destination
from dispatcher.selecting.times import span_text
from dispatcher.services import jobs
from dispatcher.sql import now

GROUP = "//*[@aria-label='Filters that are set']"


@pytest.fixture
def failed(db):
    ledger.trigger(name="Tell my shop")
    return ledger.delivery(1, state="failed")


def listed(console, name, *, app="dispatcher", **query):
    address = reverse(f"admin:{app}_{name}_changelist")
    return html.fromstring(console.get(address, query).content.decode())


def said(page):
    """The filters in words, and the parameters that are left without each."""
    found = {}
    for link in page.xpath(f"{GROUP}//a[@title]"):
        words = link.get("aria-label").removesuffix(". Take this filter off")
        found[words] = set(parse_qs(urlsplit(link.get("href")).query))
    return found


def test_a_list_without_filters_says_nothing_of_them(console, failed):
    assert not listed(console, "delivery").xpath(GROUP)


def test_a_chart_bar_leads_to_a_list_that_says_what_it_shows(console, failed):
    hour = now().replace(year=2025, month=3, day=4, hour=10, minute=0, second=0, microsecond=0)

    page = listed(
        console, "delivery", state="failed", ended=span_text(hour, hour.replace(hour=11)), test="no"
    )

    words = said(page)
    assert words.pop("State: Failed") == {"ended", "test"}
    assert words.pop("Test runs: Left out") == {"state", "ended"}
    [(span, left)] = words.items()
    assert span.startswith("Ended: Mar 4, 2025,")
    assert left == {"state", "test"}
    assert page.xpath(f"{GROUP}//a[normalize-space()='Show all']/@href") == ["?"]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        pytest.param({"state": "held"}, "State: Held", id="held"),
        pytest.param({"q": "PO-1"}, "Search: PO-1", id="search"),
        pytest.param({"type": "order_shipped"}, "What happened: Order shipped", id="type"),
        pytest.param({"created_at_from": "2026-01-02"}, "Created from: 2026-01-02", id="day"),
        pytest.param({"resent": "no"}, "Sent again by hand: No", id="resent"),
        pytest.param({"to": "nowhere"}, "Where to: No receiver yet", id="nowhere"),
        pytest.param(
            {"outcome": "rejected", "cause": "503"},
            "Cause: Rejected by the receiver: 503 Service Unavailable",
            id="cause",
        ),
    ],
)
def test_each_filter_of_deliveries_reads_as_words(console, failed, query, words):
    assert words in said(listed(console, "delivery", **query))


def test_the_rule_of_a_list_is_called_by_its_name(console, failed):
    page = listed(console, "delivery", rule__id__exact=failed.rule_id)

    assert set(said(page)) == {"Because of: Tell my shop"}


def test_a_filter_that_means_nothing_is_not_said(console, failed):
    assert said(listed(console, "delivery", state="nonsense")) == {}


def test_a_later_page_is_left_when_a_filter_is_taken_off(console, failed):
    page = listed(console, "delivery", state="failed", before=failed.pk + 1)

    assert said(page) == {"State: Failed": set()}


def test_events_say_what_they_are_filtered_by(console, failed):
    page = listed(
        console, "event", type="order_shipped", received_at_from="2026-01-02", test="no", q="PO-1"
    )

    assert set(said(page)) == {
        "What happened: Order shipped",
        "Received from: 2026-01-02",
        "Test runs: Left out",
        "Search: PO-1",
    }


def test_destinations_in_trouble_say_so(console, failed):
    Destination.objects.update(state="paused")

    page = listed(console, "destination", health="trouble", q="shop")

    assert set(said(page)) == {"Health: Failing or paused", "Search: shop"}


def test_conversions_say_status_offer_and_days(console):
    offer = make.offer(name="Spring sale")
    query = {"status__exact": "done", "offer__id__exact": offer.pk, "created_at_to": "2026-01-02"}

    words = said(listed(console, "conversion", app="offers", q="T-1", **query))

    assert words.pop("Search: T-1") == set(query)
    assert set(words) == {"Status: Done", "Offer: Spring sale", "Created to: 2026-01-02"}


@pytest.mark.parametrize(
    ("app", "name", "query", "words"),
    [
        ("offers", "postback", {"is_active__exact": "0", "p": "1"}, "Active: No"),
        ("offers", "postback", {"waiting": "yes"}, "Approval: Waiting for approval"),
        ("postbacks", "trigger", {"event__exact": "order_shipped"}, "Event: Order shipped"),
        ("postbacks", "template", {"q": "parcel"}, "Search: parcel"),
        ("notifications", "channel", {"kind": "slack"}, "Kind: Slack"),
        ("notifications", "order", {"source": "funnel"}, "Source: Funnel"),
        ("offers", "conversion", {"status__exact": "odd"}, "Status: odd"),
        ("offers", "conversion", {"status__exact": ["done", "pending"]}, "Status: Done or Pending"),
        (
            "offers",
            "conversion",
            {"offer__id__exact": "99"},
            "Offer: one that was deleted (number 99)",
        ),
        ("notifications", "order", {"placed_at_from": "2026-01-02"}, "Placed from: 2026-01-02"),
    ],
)
def test_every_list_says_what_it_is_filtered_by(console, app, name, query, words):
    assert said(listed(console, name, app=app, **query)) == {words: set()}


@pytest.mark.parametrize(
    ("app", "name", "query"),
    [
        ("offers", "conversion", {"offer__id__exact": "99999999999999999999"}),
        ("offers", "conversion", {"affiliate__id__exact": "abc"}),
        ("offers", "conversion", {"created_at_to": "tomorrow"}),
        ("notifications", "order", {"source": "moon"}),
    ],
)
def test_what_means_nothing_is_not_said(console, app, name, query):
    assert said(listed(console, name, app=app, **query)) == {}


def test_the_work_that_a_list_is_of_is_named(console, failed):
    job = jobs.start(verb="resend", selection={"state": "failed"})

    [words] = said(listed(console, "delivery", job=job.pk))

    assert words == f"Worked on by: {job}"
