"""Templates as operators save and preview them."""

from __future__ import annotations

import factories
import pytest
from django.urls import reverse
from postback_pages import add, change, errors_of, text

from postbacks import services
from postbacks.models import Template


def test_each_saved_change_of_a_template_is_a_version_with_its_author(console, operator):
    values = {"name": "T", "format": "json", "status": "draft", "event": "order_shipped"}
    add(console, "template", **values, body='{"a": 1}', sample="")
    template = Template.objects.get()

    change(console, template, **values, body='{"a": 2}', sample="")

    assert [v.created_by for v in template.versions.all()] == [operator, operator]
    page = text(console.get(reverse("admin:postbacks_template_versions", args=[template.pk])))
    assert '<div class="pb-diff-removed"><span>-</span><code>{&quot;a&quot;: 1}</code>' in page
    assert '<div class="pb-diff-added"><span>+</span><code>{&quot;a&quot;: 2}</code>' in page


def test_what_names_no_version_shows_the_newest(console):
    template = factories.template(body='{"a": 1}')
    template.body = '{"a": 2}'
    services.save_template(template=template)

    page = console.get(
        reverse("admin:postbacks_template_versions", args=[template.pk]), {"number": "²"}
    )

    assert "<h2>Version 2</h2>" in text(page)
    assert page.context["version"].body == '{"a": 2}'


def test_a_template_that_cannot_be_read_is_not_activated(console):
    values = {"name": "T", "format": "json", "status": "active", "event": "order_shipped"}

    answer = add(console, "template", **values, body="{% if %}", sample="")

    assert "Line 1" in errors_of(answer)["body"][0]
    assert not Template.objects.exists()


def preview(console, **values):
    values = {"format": "json", "event": "order_shipped", "sample": ""} | values
    return console.post(reverse("admin:postbacks_template_preview"), values)


def test_the_preview_shows_what_comes_out(console):
    answer = preview(console, body='{"order": "{{ orderId }}"}', sample='{"orderId": "o-1"}')

    assert answer.json() == {
        "outputs": {"body": '{\n  "order": "o-1"\n}'},
        "errors": [],
        "warnings": [],
    }


def test_the_preview_says_where_the_output_is_no_json(console):
    shown = preview(console, body='{"order":\n "{{ orderId }}" "b"}').json()

    assert (shown["errors"][0]["line"], shown["errors"][0]["where"]) == (2, "output")
    assert shown["errors"][0]["column"]


def test_the_preview_warns_of_missing_fields_and_saves_nothing(console):
    shown = preview(console, body='{"order": "{{ nowhere }}"}').json()

    assert "nowhere" in shown["warnings"][0]["message"]
    assert shown["warnings"][0]["line"] == 1
    assert not Template.objects.exists()


@pytest.mark.parametrize("customer", ["", "999999", "x"])
def test_the_preview_takes_any_input(console, customer):
    answer = preview(console, body="{{ a", format="odd", customer=customer, event="odd")

    assert answer.status_code == 200
    assert answer.json()["errors"]
