"""What the pages say when something cannot be done: once, at once, with the way on."""

from __future__ import annotations

import factories
import pytest
from django.urls import reverse

from postbacks.models import Customer, Template


def page(name, row):
    return reverse(f"admin:postbacks_{name}", args=[row.pk])


def test_a_template_in_use_is_not_even_offered_for_deletion(console):
    template = factories.trigger(name="Tell the shop").template

    text = console.get(page("template_delete", template)).content.decode()

    assert "“Tell the shop” uses this template" in text
    assert ">Delete</button>" not in text
    console.post(page("template_delete", template), {"post": "yes"})
    assert Template.objects.filter(pk=template.pk).exists()


def test_a_customer_with_triggers_is_not_even_offered_for_deletion(console):
    customer = factories.trigger().customer

    text = console.get(page("customer_delete", customer)).content.decode()

    assert "has 1 trigger" in text
    assert ">Delete</button>" not in text


def test_what_nobody_uses_is_deleted(console):
    customer = factories.customer()

    console.get(page("customer_delete", customer))
    console.post(page("customer_delete", customer), {"post": "yes"})

    assert not Customer.objects.filter(pk=customer.pk).exists()


def test_who_was_slower_reads_it_once_and_can_load_the_page_again(console):
    template = factories.template()
    form = {
        "name": "Mine", "customer": "", "event": "", "format": "json", "status": "draft",
        "body": "{}", "sample": "", "seen_at": "2020-01-01T00:00:00+00:00",
    }  # fmt: skip

    text = console.post(page("template_change", template), form).content.decode()

    assert text.count("Somebody else changed this template") == 1
    assert "Please correct" not in text
    assert f'href="{page("template_change", template)}">Load it again</a>' in text


@pytest.mark.parametrize(
    ("values", "words"),
    [({"name": ""}, "Please correct the error"), ({"body": "{% if %}"}, "Line 1")],
    ids=["beside-its-field", "in-the-template"],
)
def test_an_error_beside_a_field_is_announced_on_top(console, values, words):
    form = {
        "name": "Mine", "customer": "", "event": "", "format": "json", "status": "active",
        "body": "{}", "sample": "",
    }  # fmt: skip

    text = console.post(reverse("admin:postbacks_template_add"), form | values).content.decode()

    assert words in text
