"""A trigger's own pages: copied to another customer, tested with what really happened."""

from __future__ import annotations

import factories
import ledger
import pytest
from django.urls import reverse

from postbacks.models import Trigger

pytestmark = pytest.mark.django_db


def page(verb, trigger):
    return reverse(f"admin:postbacks_trigger_{verb}", args=[trigger.pk])


def test_a_trigger_is_duplicated_to_another_customer_without_its_secrets(console):
    trigger = ledger.trigger(name="Tell the shop")
    other = factories.customer()

    answer = console.post(page("duplicate", trigger), {"customer": other.pk, "name": ""})
    text = console.get(answer.url).content.decode()

    copy = Trigger.objects.get(customer=other)
    assert (copy.name, copy.status) == ("Tell the shop", "draft")
    assert "Not copied: the secret header X-Api-Key" in text


def test_a_trigger_is_tested_with_the_payload_of_a_real_event(console):
    trigger = factories.trigger()
    event = ledger.emit(77, customer=trigger.customer)

    text = console.get(f"{page('test', trigger)}?event={event.event_id}").content.decode()

    assert "o-77" in text


def test_activation_names_what_is_missing_and_does_not_forbid_it(console):
    template = factories.template(name="Half written", status="draft")
    trigger = factories.trigger(template=template, status="draft")

    text = console.get(page("change", trigger)).content.decode()
    console.post(page("activate", trigger))

    assert "The template “Half written” is a draft" in text
    assert "It was not tested" in text
    assert Trigger.objects.get(pk=trigger.pk).status == "active"


def test_the_list_shows_how_the_last_delivery_ended(console):
    ledger.trigger()
    ledger.delivery(1, state="failed")

    text = console.get(reverse("admin:postbacks_trigger_changelist")).content.decode()

    assert "0 of 1 arrived" in text


def test_the_page_says_in_the_words_of_the_list_that_the_last_delivery_waits(console):
    trigger = ledger.trigger()
    ledger.delivery(1, state="pending")

    text = console.get(page("change", trigger)).content.decode()

    assert "Last delivery: Waiting, <time" in text
    assert "none has ended yet" in text
