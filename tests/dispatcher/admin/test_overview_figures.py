"""The overview: whoever follows a figure finds exactly the rows that it counted.

The figures are found on the page, so that one that is added is looked at, too.
"""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from statistics import median

import pytest
import time_machine
from django.urls import reverse
from engine_fixtures import forgetful_engine, receiver, receiver_process, run_pass  # noqa: F401
from lxml import html
from sender_fixtures import sender  # noqa: F401

from dispatcher import rollups, services
from dispatcher.models import Delivery, Destination

NOW = datetime(2026, 3, 18, 13, 37, 20, tzinfo=UTC)
AGES = {
    "minutes": timedelta(minutes=20),
    "hours": timedelta(hours=9),
    "days": timedelta(days=4),
    "weeks": timedelta(days=19),
    "long ago": timedelta(days=45),
}
TOOK = timedelta(seconds=100)
LATE = 9_000_000.0


@pytest.fixture
def history(console, sender, run_pass):
    """Of every age: delivered, failed, canceled, waiting, to be tried again, and test runs."""
    senders = [
        sender("/ok"),
        sender("/status/503"),
        sender("/status/500", delays=[LATE]),
        sender(url="https://paused.example/in"),
    ]
    services.pause_destination(Destination.objects.get(key="https://paused.example:443").pk)
    with time_machine.travel(NOW, tick=False) as clock:
        for number, age in enumerate(sorted(AGES.values(), reverse=True), 1):
            clock.move_to(NOW - age)
            _emit(senders, number)
            clock.shift(TOOK)
            run_pass()
        clock.move_to(NOW)
        services.resend(Delivery.objects.filter(state="delivered").earliest("pk"))
        run_pass()
        while rollups.fold():
            pass
        yield console


def _emit(senders, number):
    """More the later it is, so that no two windows have the same figures."""
    for place, one in enumerate(senders, 1):
        for _ in range(number + place):
            one.emit()
        one.emit(is_test=True)
    services.cancel(senders[-1].emit())


def figures(page):
    """What on the page says a number and leads somewhere: number, unit, address, the link."""
    for link in page.xpath("//main//a[@href] | //div[@id='main']//a[@href]"):
        words = " ".join(
            link.xpath(".//b")[0].itertext() if link.xpath(".//b") else link.itertext()
        )
        said = re.fullmatch(r"\s*([\d,.]+)\s*(%|ms|s|min|h|waiting|delivered|failed)?\s*", words)
        if not said:
            said = re.search(r": ([\d,]+) (delivered|failed)\s*$", words)
        if said:
            yield float(said[1].replace(",", "")), said[2] or "", link.get("href"), link


def agrees(number, unit, rows):
    """Whether the rows are those that the figure tells of."""
    states = Counter(row.state for row in rows)
    if unit == "%":
        assert set(states) <= {"delivered", "failed"}
        return int(10_000 * states["delivered"] / len(rows)) / 100 == number
    if unit in {"ms", "s", "min", "h"}:
        size = {"ms": 0.001, "s": 1, "min": 60, "h": 3_600}[unit]
        taken = median((row.finished_at - row.created_at).total_seconds() for row in rows)
        return number * size == pytest.approx(taken, rel=0.2)
    return len(rows) == number


@pytest.mark.parametrize("window", ["hour", "day", "week", "month"])
def test_each_figure_leads_to_exactly_what_it_counted(history, window, monkeypatch):
    monkeypatch.setattr("dispatcher.admin.deliveries.DeliveryAdmin.list_per_page", 1_000)

    page = html.fromstring(history.get(reverse("admin:index"), {"window": window}).content)

    found = list(figures(page))
    assert len(found) > 8
    for number, unit, address, _ in found:
        rows = history.get(address).context["cl"].result_list
        assert agrees(number, unit, rows), (number, unit, address, len(rows))


def said_beside(link):
    """The card or chart that a figure stands in."""
    around = link.xpath("ancestor-or-self::*[contains(@class, 'pb-figure') or @class='pb-body']")
    return around[-1].text_content() if around else ""


@pytest.mark.parametrize("window", ["hour", "month"])
def test_where_the_list_has_fewer_than_were_counted_the_page_says_so(
    history, window, run_pass, monkeypatch
):
    monkeypatch.setattr("dispatcher.admin.deliveries.DeliveryAdmin.list_per_page", 1_000)
    failed = list(Delivery.objects.filter(state="failed", is_test=False).order_by("-pk")[:2])
    services.resend(Delivery.objects.filter(state="delivered", is_test=False).latest("pk"))
    services.resend(failed[0])
    run_pass()
    services.cancel(services.resend(failed[1]))
    while rollups.fold():
        pass

    page = html.fromstring(history.get(reverse("admin:index"), {"window": window}).content)

    differ = [
        link
        for number, unit, address, link in figures(page)
        if unit not in {"ms", "s", "min", "h"}
        and not agrees(number, unit, history.get(address).context["cl"].result_list)
    ]
    assert differ
    assert [one for one in differ if "again" not in said_beside(one)] == []
