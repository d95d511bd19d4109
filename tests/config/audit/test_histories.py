"""The history page of one row, and of addresses that name none."""

from __future__ import annotations

import factories
import offer_factories as make
import pytest
from django.urls import reverse

from config.audit import ledger
from offers import services as offers
from postbacks import services
from postbacks.admin.customers import CustomerAdmin

AUDIT = "/admin/admin/logentry/"


def changed(console, customer):
    """What each entry of the first page of its history changed, newest first."""
    page = console.get(reverse("admin:postbacks_customer_history", args=[customer.pk]))
    records = page.context["page_obj"]
    return [[field.new for field in row.history_delta_changes] for row in records]


def test_the_oldest_entry_of_a_page_says_what_it_changed(console, monkeypatch):
    monkeypatch.setattr(CustomerAdmin, "history_list_per_page", 4)
    customer = factories.customer(name="Name 0")
    for number in range(1, 7):
        customer.name = f"Name {number}"
        customer = services.save_customer(customer=customer)

    shown = changed(console, customer)

    assert shown == [["Name 6"], ["Name 5"], ["Name 4"], ["Name 3"]]


@pytest.mark.parametrize("key", ["²", "abc", "1%2F", "%00", "99999999999999999999"])
@pytest.mark.parametrize("model", ["postbacks/template", "offers/offer", "notifications/channel"])
def test_what_can_be_no_key_has_no_history(console, model, key):
    assert console.get(f"/admin/{model}/{key}/history/").status_code == 404


@pytest.mark.parametrize(
    "place", ["0001-01-01T00:00:00+14:00 x/1", "9999-12-31T23:59:59-14:00 x/1", "yesterday x/1"]
)
def test_a_place_beyond_the_calendar_is_none(console, place):
    assert console.get(AUDIT, {"after": place}).status_code == 200


@pytest.mark.parametrize("seen_at", ["0001-01-01T00:00:00+14:00", "2026-01-01T00:00:00", "x"])
def test_a_page_that_was_seen_at_no_time_is_incomplete(console, seen_at):
    customer = factories.customer(name="Studio Nord")
    address = reverse("admin:postbacks_customer_change", args=[customer.pk])

    answer = console.post(address, {"name": "Renamed", "seen_at": seen_at})

    assert "This page is incomplete. Load it again." in answer.content.decode()


def test_whom_an_offer_is_open_to_is_told_by_its_history(console):
    alpha, beta = make.affiliate(name="Alpha"), make.affiliate(name="Beta")
    offer = make.offer(affiliates=[alpha])
    offers.save_offer(offer=offer, affiliates=[beta])

    [newest, oldest] = offer.history.values_list("history_change_reason", flat=True)

    assert newest == "Now seen by Beta; no longer by Alpha"
    assert oldest == "Now seen by Alpha"
    assert newest in console.get(AUDIT).content.decode()
    assert newest in console.get(f"{AUDIT}of/{_key(newest)}/").content.decode()


def test_a_long_reason_is_cut(console):
    many = [make.affiliate(name=f"An affiliate with a long name {number}") for number in range(9)]

    offer = make.offer(affiliates=many)

    reason = offer.history.get().history_change_reason
    assert len(reason) == 100
    assert reason.endswith("…")


def _key(reason):
    return next(entry.key for entry in ledger.entries(most=50) if entry.reason == reason)
