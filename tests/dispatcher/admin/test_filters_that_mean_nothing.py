"""Where something is done to all that match, a filter is understood or refused by name."""

from __future__ import annotations

import ledger
import pytest
from django.urls import reverse

from dispatcher.models import BulkJob, Request
from dispatcher.selecting import FILTERS, FilterError, reading, search
from dispatcher.services import jobs

MATCHING, EXPORT, LIST = (
    reverse(f"admin:dispatcher_delivery_{name}") for name in ("matching", "export", "changelist")
)
NONSENSE = [
    "id__in=1", "state=failde", "outcome=x", "created_at_to=21.11.2020", "created=nonsense",
    "ended=1y", "rule__id__exact=abc", "destination__id__exact=x", "to=somewhere", "resent=yes",
    "test=maybe", "q=%00",
]  # fmt: skip
ENDS_OF_TIME = [
    "created_at_to=9999-12-31",
    "created_at_from=9999-12-31",
    "created_at_from=0001-01-01",
    "created_at_to=0001-01-01",
    "created=0001-01-01T00:00:00Z..9999-12-31T23:59:59Z",
    "created=0001-01-01T00:00:00%2B14:00..9999-12-31T23:59:59-10:00",
    "ended=0001-01-01T00:00:00Z..9999-12-31T23:59:59Z",
    "ended=0001-01-01T00:00:00%2B14:00..9999-12-31T23:59:59-10:00",
]


@pytest.fixture
def deliveries(db):
    ledger.trigger()
    return [ledger.delivery(number, state="failed") for number in range(3)]


@pytest.mark.parametrize("query", NONSENSE)
@pytest.mark.parametrize("address", [MATCHING, EXPORT], ids=["confirm", "export"])
def test_a_filter_that_means_nothing_is_refused_by_name(console, deliveries, address, query):
    answer = console.get(f"{address}?{query}")

    assert answer.status_code == 400
    assert f"“{query.partition('=')[0]}”" in answer.content.decode()


@pytest.mark.parametrize(("name", "value"), [("id__in", "1"), ("state", "failde")])
def test_and_nothing_is_started(console, deliveries, name, value):
    answer = console.post(MATCHING, {"verb": "cancel", f"filter-{name}": value})

    assert answer.status_code == 400
    assert f"“{name}”" in answer.content.decode()
    with pytest.raises(FilterError, match=f"“{name}”"):
        jobs.start(verb="cancel", selection={name: value})
    assert not BulkJob.objects.exists()


def test_page_and_order_of_the_list_are_no_filters(console, deliveries):
    query = "before=9&after=1&o=-1&p=2&all=&e=1&_changelist_filters=state%3Dx&state=failed&q="

    assert console.get(f"{MATCHING}?{query}").context["count"] == 3


def test_every_filter_says_what_it_can_be():
    assert set(FILTERS) == set(reading._CHECKS)


@pytest.mark.parametrize("query", ENDS_OF_TIME)
@pytest.mark.parametrize("address", [MATCHING, EXPORT, LIST], ids=["confirm", "export", "list"])
def test_the_ends_of_time_are_answered(console, deliveries, address, query):
    answer = console.get(f"{address}?{query}")

    assert answer.status_code == 200
    assert b"".join(answer)


def test_all_time_is_all(console, deliveries):
    answer = console.get(f"{MATCHING}?created_at_from=0001-01-01&created_at_to=9999-12-31")

    assert answer.context["count"] == 3


@pytest.mark.parametrize("sought", ["PO-1", "https://receiver.example/sent"], ids=["order", "URL"])
def test_a_search_that_takes_not_all_says_so(console, deliveries, monkeypatch, sought):
    monkeypatch.setattr(search, "MATCHES", 2)
    for one in deliveries:
        one.event.subject = "order:PO-1"
        one.event.save()
    Request.objects.update(url="https://receiver.example/sent")

    page = console.get(f"{MATCHING}?q={sought}")
    lines = b"".join(console.get(f"{EXPORT}?q={sought}").streaming_content).decode().splitlines()

    assert page.context["count"] == 2
    assert "2+ deliveries match" in page.content.decode()
    assert "only the newest are meant" in page.content.decode()
    assert "This is not all" in lines[-1]
    assert jobs.start(verb="resend", selection={"q": sought}).is_capped


def test_a_search_that_takes_all_says_nothing(console, deliveries):
    assert "3 deliveries match" in console.get(f"{MATCHING}?state=failed").content.decode()
    assert not jobs.count({"q": "PO-1"})[1]
