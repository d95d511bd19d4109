from __future__ import annotations

import json
from threading import Thread

import factories
import pytest
from django.db import OperationalError, connection

from dispatcher import rendering
from dispatcher.rendering import Job
from postbacks import services
from postbacks.lookups.cache import LookupCache, cache
from postbacks.models import LookupRow, LookupTable, Template

pytestmark = pytest.mark.django_db

# The guide's own line (issue 3).
GUIDE = (
    "{% for item in items %}{% for fulfillment in item.fulfillments %}"
    '{% set carrier = lookups({"shipmentMethodUid": fulfillment.carrierUid}, strict=False, '
    'default="") %} {"carrier": "{{ carrier }}"} {% endfor %}{% endfor %}'
)
SHIPPED = json.dumps({"items": [{"fulfillments": [{"carrierUid": "dhl_express"}]}]})


def render(body, payload=None, *, owner=None, strict=False):
    template = Template(body=body, format="json", is_strict=strict)
    return services.render_template(
        template=template, payload=json.dumps(payload or {}), customer=owner
    )


def ask(call, payload=None, **options):
    """The value that a call of `lookups` gives, with warnings and errors in words."""
    rendered = render(f"{{{{ {call} | tojson }}}}", payload, **options)
    value = json.loads(rendered.output) if rendered.output else None
    return (
        value,
        [one.message for one in rendered.warnings],
        [one.message for one in rendered.errors],
    )


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


def test_a_miss_gives_the_default_and_a_warning_that_names_table_and_key():
    factories.lookup_table({"A": "1"}, name="Carriers", field="carrier")

    value, warnings, errors = ask('lookups({"carrier": "B"}, default="none")')

    assert (value, errors) == ("none", [])
    assert warnings == ["The key “B” is not in the lookup table “Carriers” (`carrier`)."]


def test_a_strict_miss_is_an_error_of_the_template_at_its_line():
    factories.lookup_table({"A": "1"}, name="Carriers", field="carrier")

    rendered = render('\n{{ lookups({"carrier": "B"}, strict=True) }}')

    assert rendered.errors[0].line == 2
    assert "“B” is not in the lookup table “Carriers”" in rendered.errors[0].message


def test_entries_are_tried_in_order_and_the_first_hit_wins():
    factories.lookup_table({"A": "by sku"}, field="sku")
    factories.lookup_table({"A": "by uid", "B": "also"}, field="uid")

    assert ask('lookups({"sku": "A", "uid": "A"})') == ("by sku", [], [])
    assert ask('lookups({"uid": "A", "sku": "A"})') == ("by uid", [], [])
    assert ask('lookups({"sku": "B", "uid": "B"})') == ("also", [], [])
    assert ask('lookups({"sku": null, "uid": "B"})'.replace("null", "none")) == ("also", [], [])


def test_when_all_entries_miss_each_is_named():
    factories.lookup_table({"A": "1"}, name="By SKU", field="sku")
    factories.lookup_table({"A": "1"}, name="By UID", field="uid")

    _, warnings, _ = ask('lookups({"sku": "X", "uid": "Y"})')

    assert "“X” is not in the lookup table “By SKU”" in warnings[0]
    assert "“Y” is not in the lookup table “By UID”" in warnings[0]


def test_a_customers_own_table_wins_over_the_one_for_all():
    customer, other = factories.customer(), factories.customer()
    factories.lookup_table({"A": "shared", "B": "shared"}, field="sku")
    factories.lookup_table({"A": "own"}, field="sku", customer=customer)

    assert ask('lookups({"sku": "A"})', owner=customer)[0] == "own"
    assert ask('lookups({"sku": "B"})', owner=customer)[0] == "shared"
    assert ask('lookups({"sku": "A"})', owner=other)[0] == "shared"
    assert ask('lookups({"sku": "A"})')[0] == "shared"


def test_a_table_of_another_customer_is_neither_found_nor_named():
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
def test_keys_are_compared_as_text(key, stored):
    factories.lookup_table({stored: "found"}, field="sku")

    assert ask('lookups({"{{sku}}": key})', {"key": json.loads(key)}) == ("found", [], [])


def test_an_empty_value_is_a_hit():
    factories.lookup_table({"A": ""}, field="sku")

    assert ask('lookups({"sku": "A"}, strict=True, default="x")') == ("", [], [])


def test_a_default_keeps_its_type():
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
def test_a_call_that_cannot_be_meant_is_an_error_in_words(call, words):
    factories.lookup_table(field="sku")

    _, _, errors = ask(call)

    assert words in errors[0]


def test_a_misspelt_table_is_told_with_the_nearest_name():
    factories.lookup_table(field="carrier")

    _, _, errors = ask('lookups({"carier": "A"}, strict=True)')

    assert "did you mean `carrier`?" in errors[0]


def test_a_missing_field_as_key_is_reported_and_gives_the_default():
    factories.lookup_table({"A": "1"}, name="Carriers", field="carrier")

    value, warnings, errors = ask('lookups({"carrier": order.nothing}, default="-")')

    assert (value, errors) == ("-", [])
    assert any("`order.nothing` is not in the payload" in one for one in warnings)
    assert "There was no key to look up in “Carriers” (`carrier`): it is empty." in warnings


def test_a_value_is_escaped_for_its_document():
    factories.lookup_table({"A": 'say "hi" \\ <b>'}, field="sku")

    rendered = render('{"text": "{{ lookups({"sku": "A"}) }}"}')

    assert json.loads(rendered.output) == {"text": 'say "hi" \\ <b>'}


@pytest.fixture
def slow_machine(monkeypatch):
    """The second lasts an hour, so that no test depends on how fast this machine is."""
    monkeypatch.setattr("postbacks.lookups.cache.CHECK_SECONDS", 3600.0)


def test_a_thousand_lookups_cost_two_queries(slow_machine, django_assert_num_queries):
    factories.lookup_table({str(n): f"value {n}" for n in range(900)}, field="sku")
    body = '[{% for n in range(900) %}"{{ lookups({"sku": n}) }}",{% endfor %}0]'
    rendering.renderer().render(Job((), "{}"))

    with django_assert_num_queries(2):
        rendered = render(body)

    assert json.loads(rendered.output)[899] == "value 899"


def test_lookups_within_a_second_cost_no_query_at_all(slow_machine, django_assert_num_queries):
    factories.lookup_table({"A": "1"}, field="sku")
    ask('lookups({"sku": "A"})')

    with django_assert_num_queries(0):
        for _ in range(20):
            ask('lookups({"sku": "A"})')


def change(value):
    """As another process would: nobody tells this one."""
    LookupRow.objects.update(value=value)
    table = LookupTable.objects.get()
    table.revision += 1
    table.save()


def test_a_change_made_elsewhere_is_seen_after_a_second(slow_machine):
    factories.lookup_table({"A": "1"}, field="sku")
    ask('lookups({"sku": "A"})')
    change("2")
    at_once = ask('lookups({"sku": "A"})')[0]
    cache._checked_at -= 3600

    assert (at_once, ask('lookups({"sku": "A"})')[0]) == ("1", "2")


@pytest.mark.django_db(transaction=True)
def test_a_change_made_here_is_seen_at_once():
    table = factories.lookup_table({"A": "1"}, field="sku")
    before = ask('lookups({"sku": "A"})')[0]

    services.set_row(table=table, key="A", value="2", row=LookupRow.objects.get())

    assert (before, ask('lookups({"sku": "A"})')[0]) == ("1", "2")


def test_an_unchanged_table_is_not_read_again(slow_machine, django_assert_num_queries):
    factories.lookup_table({"A": "1"}, field="sku")
    ask('lookups({"sku": "A"})')
    cache.forget()

    with django_assert_num_queries(1):
        ask('lookups({"sku": "A"})')


def test_a_deleted_table_is_forgotten():
    table = factories.lookup_table({"A": "1"}, field="sku")
    ask('lookups({"sku": "A"})')
    services.delete_table(table=table)
    cache.forget()

    assert "no lookup table" in ask('lookups({"sku": "A"})')[1][0]
    assert cache._rows == {}


def test_memory_holds_the_tables_that_are_used(monkeypatch):
    monkeypatch.setattr("postbacks.lookups.cache.MAX_ROWS_KEPT", 3)
    first = factories.lookup_table({"A": "1", "B": "2"}, field="one")
    second = factories.lookup_table({"A": "1", "B": "2"}, field="two")
    own = LookupCache()

    for field in ("one", "two"):
        assert own.value(own.tables(field, None)[0], "A") == "1"

    assert (first.pk in own._rows, second.pk in own._rows) == (False, True)


def test_an_error_of_the_database_is_passed_on_and_the_next_render_works(monkeypatch):
    factories.lookup_table({"A": "1"}, field="sku")

    def away(*_, **__):
        raise OperationalError

    monkeypatch.setattr("postbacks.lookups.cache.LookupTable.objects.values_list", away)
    with pytest.raises(OperationalError):
        ask('lookups({"sku": "A"})')
    monkeypatch.undo()

    assert ask('lookups({"sku": "A"})')[0] == "1"


@pytest.mark.django_db(transaction=True)
def test_a_thread_that_had_no_connection_keeps_none():
    factories.lookup_table({"A": "1"}, field="sku")
    seen = []

    def look():
        seen.append(ask('lookups({"sku": "A"})')[0])
        seen.append(connection.connection)

    thread = Thread(target=look)
    thread.start()
    thread.join()

    assert seen == ["1", None]
    assert connection.connection is not None
