"""The ledgers find what belongs to a conversion by its transaction ID, and say what missed it."""

from __future__ import annotations

from datetime import timedelta

import factories
import offer_factories as make
import pytest
from django.utils import timezone

from offers.models import Conversion

LIST, WHY = "/admin/dispatcher/delivery/", "/admin/dispatcher/delivery/why/"


@pytest.fixture
def console(client, db):
    client.force_login(factories.operator())
    return client


@pytest.fixture
def offer(db):
    return make.offer(enabled_goals=True)


def test_deliveries_are_found_by_transaction_and_click(console, offer):
    affiliate = make.affiliate()
    make.postback(offer=offer, affiliate=affiliate, conversion_status="any")
    make.conversion(offer=offer, affiliate=affiliate, transaction_id="T-77", click_id="c-77")

    for text in ("T-77", "c-77"):
        page = console.get(LIST, {"q": text}).content.decode()
        assert "Conversion T-77" in page
    assert "Conversion T-77" not in console.get(LIST, {"q": "T-7"}).content.decode()


def test_from_day_to_day_includes_both_days_wherever_the_clock_stands(console, offer, settings):
    settings.TIME_ZONE = "Europe/Berlin"
    late = make.conversion(offer=offer, transaction_id="T-80")
    Conversion.objects.filter(pk=late.pk).update(created_at="2026-03-02T22:59:59Z")

    def found(**days):
        query = {f"created_at_{end}": f"2026-03-{day:02}" for end, day in days.items()}
        rows = console.get("/admin/offers/conversion/", query).context["cl"].result_list
        export = console.get("/admin/offers/conversion/export/", query)
        lines = b"".join(export.streaming_content).decode().splitlines()
        assert len(lines) == 1 + len(rows)
        return list(rows) == [late]

    assert found(**{"from": 2, "to": 2})
    assert found(to=2)
    assert not found(to=1)
    assert not found(**{"from": 3})


def test_a_row_from_a_machine_whose_clock_is_wrong_hides_no_other(console, offer):
    rows = [make.conversion(offer=offer, transaction_id=f"T-{number}") for number in range(3)]
    wrong = timezone.now() + timedelta(days=400)
    Conversion.objects.filter(pk=rows[1].pk).update(created_at=wrong)

    today = f"{timezone.localdate():%Y-%m-%d}"
    listed = console.get("/admin/offers/conversion/", {"created_at_to": today}).context["cl"]

    assert [row.transaction_id for row in listed.result_list] == ["T-2", "T-0"]


def test_why_names_postbacks_that_wait_for_another_status_or_goal(console, offer):
    affiliate = make.affiliate()
    other_goal = make.goal(offer, name="Newsletter")
    make.postback(offer=offer, affiliate=affiliate, conversion_status="rejected")
    make.postback(offer=offer, affiliate=affiliate, conversion_status="any", goal=other_goal)
    make.postback(offer=offer, affiliate=make.affiliate(), conversion_status="any")
    make.conversion(
        offer=offer, affiliate=affiliate, transaction_id="T-78", goal=make.goal(offer),
        status="pending",
    )  # fmt: skip

    page = console.get(WHY, {"q": "T-78"}).content.decode()

    assert "It waits for the status" in page
    assert "It waits for the goal “Newsletter”" in page
    assert page.count("It waits for") == 2
