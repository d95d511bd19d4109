"""The dialogs that approve or reject decide on what the operator looked at, and nothing newer."""

from __future__ import annotations

import html
import re

import offer_factories as make
import pytest
from django.urls import reverse

from offers import services
from offers.models import Postback, PostbackEdit

pytestmark = pytest.mark.django_db
FIRST, SECOND = "https://affiliate.example/first", "https://affiliate.example/second"


@pytest.fixture
def affiliate():
    return make.affiliate(requires_approval=True)


def submit(affiliate, postback, url):
    postback.url = url
    return services.submit_postback(postback=postback, affiliate=affiliate).postback


def look(console, postback):
    """Open the page; the hidden inputs of its two dialogs."""
    page = console.get(reverse("admin:offers_postback_change", args=[postback.pk]))
    found = re.findall(r'name="seen" value="([^"]*)"', page.content.decode())
    assert len(found) == 2
    assert found[0] == found[1]
    return html.unescape(found[0])


def press(console, postback, verb, **values):
    address = reverse(f"admin:offers_postback_{verb}", args=[postback.pk])
    return console.post(address, values, follow=True).content.decode()


def live(postback):
    return Postback.objects.get(pk=postback.pk)


@pytest.mark.parametrize("verb", ["approve", "reject"])
def test_an_edit_submitted_between_look_and_click_is_not_decided_on(console, affiliate, verb):
    postback = make.postback(affiliate=affiliate)
    submit(affiliate, live(postback), FIRST)
    seen = look(console, postback)
    submit(affiliate, live(postback), SECOND)

    answer = press(console, postback, verb, seen=seen)

    assert "Somebody else changed this postback meanwhile" in answer
    assert live(postback).url == make.URL
    assert PostbackEdit.objects.get().state == PostbackEdit.State.PENDING


@pytest.mark.parametrize("verb", ["approve", "reject"])
def test_nor_is_a_new_one_that_was_changed_meanwhile(console, affiliate, verb):
    postback = submit(affiliate, Postback(offer=make.offer(), conversion_status="any"), FIRST)
    seen = look(console, postback)
    submit(affiliate, live(postback), SECOND)

    press(console, postback, verb, seen=seen)

    assert live(postback).approval == Postback.Approval.PENDING


@pytest.mark.parametrize(("verb", "url"), [("approve", FIRST), ("reject", make.URL)])
def test_what_was_looked_at_is_decided_on(console, affiliate, verb, url):
    postback = make.postback(affiliate=affiliate)
    submit(affiliate, live(postback), FIRST)

    press(console, postback, verb, seen=look(console, postback))

    assert live(postback).url == url
    assert not services.waiting_for_approval()


@pytest.mark.parametrize("seen", ["", "yesterday", "2026-01-01T00:00:00"])
def test_without_saying_what_was_looked_at_nothing_is_decided(console, affiliate, seen):
    postback = submit(affiliate, Postback(offer=make.offer(), conversion_status="any"), FIRST)

    answer = press(console, postback, "approve", seen=seen)

    assert "Load it again" in answer
    assert live(postback).approval == Postback.Approval.PENDING
