"""What is in use stays, and the page says so before anybody presses anything."""

from __future__ import annotations

import offer_factories as make
import pytest
from django.urls import reverse

from offers.models import Affiliate, Goal, Offer


def page_of(row):
    return reverse(f"admin:offers_{row._meta.model_name}_delete", args=[row.pk])


@pytest.fixture
def in_use(db):
    """An offer with a goal, an affiliate, and a postback that names them all."""
    offer = make.offer(name="Spring sale")
    goal = make.goal(offer, name="First order")
    affiliate = make.affiliate(name="Coupon Club")
    make.postback(offer=offer, goal=goal, affiliate=affiliate)
    return {Offer: offer, Goal: goal, Affiliate: affiliate}


@pytest.mark.parametrize(
    ("model", "instead"),
    [
        (Offer, "Disable the offer instead"),
        (Goal, "Rename it, or choose another goal"),
        (Affiliate, "Block the affiliate instead"),
    ],
)
def test_what_is_in_use_stays_and_its_page_says_what_to_do_instead(console, in_use, model, instead):
    row = in_use[model]

    page = console.get(page_of(row)).content.decode()
    console.post(page_of(row), {"post": "yes"})

    assert "cannot be deleted yet" in page
    assert instead in page
    assert ">Delete<" not in page
    assert model.objects.filter(pk=row.pk).exists()


@pytest.mark.parametrize("row", [make.offer, make.goal, make.affiliate])
def test_what_nothing_uses_goes_after_a_question(console, row):
    made = row(name="Not wanted")

    page = console.get(page_of(made)).content.decode()
    console.post(page_of(made), {"post": "yes"})

    assert "Delete “Not wanted”?" in page
    assert not type(made).objects.filter(pk=made.pk).exists()
