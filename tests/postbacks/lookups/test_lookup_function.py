"""The function `lookups` of templates: what it finds, and what it says when it does not."""

from __future__ import annotations

import json

import factories
import pytest

from postbacks import services
from postbacks.models import Template

pytestmark = pytest.mark.django_db

# The guide's own line (issue 3).
GUIDE = (
    "{% for item in items %}{% for fulfillment in item.fulfillments %}"
    '{% set carrier = lookups({"shipmentMethodUid": fulfillment.carrierUid}, strict=False, '
    'default="") %} {"carrier": "{{ carrier }}"} {% endfor %}{% endfor %}'
)
SHIPPED = json.dumps({"items": [{"fulfillments": [{"carrierUid": "dhl_express"}]}]})


def test_the_guides_example_renders_as_written():
    factories.lookup_table({"dhl_express": "DHL Express"}, field="{{shipmentMethodUid}}")

    rendered = services.render_template(
        template=Template(body=GUIDE, format="json"), payload=SHIPPED
    )

    assert (json.loads(rendered.output), rendered.warnings) == ({"carrier": "DHL Express"}, [])


def test_the_guides_example_renders_its_default_and_warns_when_nothing_is_there():
    rendered = services.render_template(
        template=Template(body=GUIDE, format="json"), payload=SHIPPED
    )

    assert json.loads(rendered.output) == {"carrier": ""}
    assert "no lookup table with the template field `shipmentMethodUid`" in (
        rendered.warnings[0].message
    )


def test_a_miss_gives_the_default_and_a_warning_that_names_table_and_key(ask):
    factories.lookup_table({"A": "1"}, name="Carriers", field="carrier")

    value, warnings, errors = ask('lookups({"carrier": "B"}, default="none")')

    assert (value, errors) == ("none", [])
    assert warnings == ["The key “B” is not in the lookup table “Carriers” (`carrier`)."]


def test_a_strict_miss_is_an_error_of_the_template_at_its_line(render):
    factories.lookup_table({"A": "1"}, name="Carriers", field="carrier")

    rendered = render('\n{{ lookups({"carrier": "B"}, strict=True) }}')

    assert rendered.errors[0].line == 2
    assert "“B” is not in the lookup table “Carriers”" in rendered.errors[0].message


def test_entries_are_tried_in_order_and_the_first_hit_wins(ask):
    factories.lookup_table({"A": "by sku"}, field="sku")
    factories.lookup_table({"A": "by uid", "B": "also"}, field="uid")

    assert ask('lookups({"sku": "A", "uid": "A"})') == ("by sku", [], [])
    assert ask('lookups({"uid": "A", "sku": "A"})') == ("by uid", [], [])
    assert ask('lookups({"sku": "B", "uid": "B"})') == ("also", [], [])
    assert ask('lookups({"sku": null, "uid": "B"})'.replace("null", "none")) == ("also", [], [])


def test_when_all_entries_miss_each_is_named(ask):
    factories.lookup_table({"A": "1"}, name="By SKU", field="sku")
    factories.lookup_table({"A": "1"}, name="By UID", field="uid")

    _, warnings, _ = ask('lookups({"sku": "X", "uid": "Y"})')

    assert "“X” is not in the lookup table “By SKU”" in warnings[0]
    assert "“Y” is not in the lookup table “By UID”" in warnings[0]


def test_a_customers_own_table_wins_over_the_one_for_all(ask):
    customer, other = factories.customer(), factories.customer()
    factories.lookup_table({"A": "shared", "B": "shared"}, field="sku")
    factories.lookup_table({"A": "own"}, field="sku", customer=customer)

    assert ask('lookups({"sku": "A"})', owner=customer)[0] == "own"
    assert ask('lookups({"sku": "B"})', owner=customer)[0] == "shared"
    assert ask('lookups({"sku": "A"})', owner=other)[0] == "shared"
    assert ask('lookups({"sku": "A"})')[0] == "shared"


def test_a_table_of_another_customer_is_neither_found_nor_named(ask):
    factories.lookup_table({"A": "secret"}, field="carrier", customer=factories.customer())

    value, warnings, _ = ask('lookups({"carriers": "A"})', owner=factories.customer())

    assert value == ""
    assert warnings == ["There is no lookup table with the template field `carriers`."]


@pytest.mark.parametrize(
    ("key", "stored"),
    [
        pytest.param("12", "12", id="number"),
        pytest.param("9007199254740993", "9007199254740993", id="large-number"),
        pytest.param("true", "true", id="boolean"),
        pytest.param('" A "', "A", id="spaces-around"),
    ],
)
def test_keys_are_compared_as_text(ask, key, stored):
    factories.lookup_table({stored: "found"}, field="sku")

    assert ask('lookups({"{{sku}}": key})', {"key": json.loads(key)}) == ("found", [], [])


def test_an_empty_value_is_a_hit(ask):
    factories.lookup_table({"A": ""}, field="sku")

    assert ask('lookups({"sku": "A"}, strict=True, default="x")') == ("", [], [])


def test_a_default_keeps_its_type(ask):
    factories.lookup_table(field="sku")

    assert ask('lookups({"sku": "A"}, default={"n": [1, none]})')[0] == {"n": [1, None]}


@pytest.mark.parametrize(
    ("call", "words"),
    [
        pytest.param("lookups()", "needs the table's template field", id="nothing"),
        pytest.param('lookups("sku")', "needs the table's template field", id="no-object"),
        pytest.param("lookups({})", "needs the table's template field", id="an-empty-object"),
        pytest.param('lookups({"sku": "A"}, defualt=1)', "did you mean `default`?", id="misspelt"),
        pytest.param('lookups({"sku": "A"}, false, 1, 2)', "too many", id="too-many"),
        pytest.param('lookups({"sku": [1]})', "must be a text, not a list", id="a-list-as-key"),
    ],
)
def test_a_call_that_cannot_be_meant_is_an_error_in_words(ask, call, words):
    factories.lookup_table(field="sku")

    _, _, errors = ask(call)

    assert words in errors[0]


def test_a_misspelt_table_is_told_with_the_nearest_name(ask):
    factories.lookup_table(field="carrier")

    _, _, errors = ask('lookups({"carier": "A"}, strict=True)')

    assert "did you mean `carrier`?" in errors[0]


def test_a_missing_field_as_key_is_reported_and_gives_the_default(ask):
    factories.lookup_table({"A": "1"}, name="Carriers", field="carrier")

    value, warnings, errors = ask('lookups({"carrier": order.nothing}, default="-")')

    assert (value, errors) == ("-", [])
    assert any("`order.nothing` is not in the payload" in one for one in warnings)
    assert "There was no key to look up in “Carriers” (`carrier`): it is empty." in warnings


def test_a_value_is_escaped_for_its_document(render):
    factories.lookup_table({"A": 'say "hi" \\ <b>'}, field="sku")

    rendered = render('{"text": "{{ lookups({"sku": "A"}) }}"}')

    assert json.loads(rendered.output) == {"text": 'say "hi" \\ <b>'}
