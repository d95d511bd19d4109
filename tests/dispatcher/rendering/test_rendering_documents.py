"""Documents as the specification's section 2 asks for them."""

# ruff: noqa: E501 - a template in a table is one line

from __future__ import annotations

import json

import pytest

GUIDE = """{"event": "Order Shipped", "orderId": "{{ orderId }}", "orderReferenceId": "{{ orderReferenceId }}",
 "timestamp": "{{ created }}", "status": "{{ fulfillmentStatus }}",
 "trackingInfo": { {% for item in items %}{% for fulfillment in item.fulfillments %}
   "trackingCode": "{{ fulfillment.trackingCode }}", "trackingUrl": "{{ fulfillment.trackingUrl }}",
   "carrier": "{{ fulfillment.carrierName }}" {% endfor %}{% endfor %} } }"""
FULFILLMENT = {
    "trackingCode": "1Z99",
    "trackingUrl": "https://t.example/1Z99",
    "carrierName": "UPS",
}


def order(fulfillments):
    return {
        "orderId": "o-1",
        "orderReferenceId": "PO-1001",
        "created": "2026-01-02T03:04:05Z",
        "fulfillmentStatus": "shipped",
        "items": [{"itemReferenceId": "i-1", "fulfillments": [FULFILLMENT] * fulfillments}],
    }


def test_the_guides_template_renders_as_it_stands(render):
    rendered = render(GUIDE, order(fulfillments=1))

    assert rendered.ok
    assert not rendered.warnings
    assert json.loads(rendered.output) == {
        "event": "Order Shipped",
        "orderId": "o-1",
        "orderReferenceId": "PO-1001",
        "timestamp": "2026-01-02T03:04:05Z",
        "status": "shipped",
        "trackingInfo": {
            "trackingCode": "1Z99",
            "trackingUrl": "https://t.example/1Z99",
            "carrier": "UPS",
        },
    }


def test_the_guides_template_with_two_fulfillments_is_refused_with_line_and_column(render):
    rendered = render(GUIDE, order(fulfillments=2))

    (problem,) = rendered.errors
    assert problem.message.startswith("the output is not valid JSON: expected ','")
    assert problem.where == "output"
    assert rendered.output.splitlines()[problem.line - 1][problem.column - 1 :].startswith(
        '"trackingCode"'
    )


@pytest.mark.parametrize(
    ("source", "payload", "output"),
    [
        pytest.param("{{ a }}|{{ b }}|{{ c }}", {"a": None, "b": True, "c": False}, "|true|false", id="null-and-booleans"),
        pytest.param("{{ a ~ b ~ c }}", {"a": None, "b": True, "c": 1.5}, "true1.5", id="null-and-booleans-joined"),
        pytest.param("{{ [a, b, c] | tojson }}", {"a": None, "b": True, "c": "x"}, '[null, true, "x"]', id="tojson-is-typed"),
        pytest.param("{% for i in package.items %}{{ i }}{% endfor %}", {"package": {"items": [1, 2]}}, "12", id="items-is-a-field"),
        pytest.param("{{ p.keys }}{{ p.values }}{{ p.get }}{{ p.pop }}", {"p": {"keys": 1, "values": 2, "get": 3, "pop": 4}}, "1234", id="method-names-are-fields"),
        pytest.param("{% for k, v in m.items() %}{{ k }}={{ v }};{% endfor %}", {"m": {"a": 1, "b-c": 2}}, "a=1;b-c=2;", id="items-is-a-method-otherwise"),
        pytest.param("{{ m.get('a', 7) }}{{ m.get('b', 7) }}", {"m": {"a": 1}}, "17", id="get-with-default"),
        pytest.param("{{ order.metadata['x-y'] }}", {"order": {"metadata": {"x-y": 5}}}, "5", id="hyphenated-key"),
        pytest.param("{{ payload['x-y'] }}", {"x-y": 5}, "5", id="hyphenated-key-at-the-top"),
        pytest.param("{{ self }}{{ loop }}{{ range }}{{ now }}", {"self": 1, "loop": 2, "range": 3, "now": 4}, "1234", id="names-of-ours-are-fields"),
        pytest.param("{{ a.b.c }}|{% for x in a.b %}x{% endfor %}|{{ a.b.c.d['e'][0].f }}", {"a": {"b": None}}, "||", id="deep-below-null"),
        pytest.param("{% if a.b.c %}yes{% else %}no{% endif %}", {"a": {}}, "no", id="missing-is-false"),
        pytest.param("{{ a | default('-') }}{{ a.b.c | default('-') }}{{ n | default('-', true) }}", {"n": None}, "---", id="default"),
        pytest.param("{{ 'x' if a is defined }}{{ 'y' if a is undefined }}", {}, "y", id="defined"),
        pytest.param("{{ s[:2] }}{{ l[1:] | join }}{{ l[-1] }}{{ l[9] }}", {"s": "abc", "l": [1, 2, 3]}, "ab233", id="slices-and-indexes"),
        pytest.param("{% for x in l %}{{ x }}{{ ',' if not loop.last }}{% endfor %}", {"l": [1, 2]}, "1,2", id="loop-last"),
        pytest.param("{% for x in l recursive %}{{ x.n }}{{ loop(x.c) }}{% endfor %}", {"l": [{"n": 1, "c": [{"n": 2, "c": []}]}]}, "12", id="recursive-loop"),
        pytest.param("{% set ns = namespace(n=0) %}{% for x in l %}{% set ns.n = ns.n + x %}{% endfor %}{{ ns.n }}", {"l": [1, 2]}, "3", id="namespace"),
        pytest.param("{% macro m(x, y='d') %}{{ x }}{{ y }}{{ caller() if caller }}{% endmacro %}{{ m(1) }}{% call m(2) %}c{% endcall %}", {}, "1d2dc", id="macro-and-call"),
        pytest.param("{% set c = joiner(',') %}{% for x in l %}{{ c() }}{{ x }}{% endfor %}", {"l": [1, 2]}, "1,2", id="joiner"),
        pytest.param("{% with x = 1 %}{{ x }}{% endwith %}{% filter upper %}a{{ s }}{% endfilter %}", {"s": "b"}, "1AB", id="with-and-filter-block"),
        pytest.param("{% set x %} {{ s }} {% endset %}[{{ x | trim }}]{{ x | trim | upper }}", {"s": "a"}, "[a]A", id="set-block"),
        pytest.param("{{ 'Total: %05.2f' % p }}{{ '{:>5}|{n}'.format('a', n=1) }}", {"p": 1.5}, "Total: 01.50    a|1", id="formats"),
        pytest.param("{{ payload | tojson }}", {"a": {"b": [1]}}, '{"a": {"b": [1]}}', id="whole-payload"),
    ],
)  # fmt: skip
def test_values_render_as_specified(render, source, payload, output):
    rendered = render(source, payload, format="text")

    assert (rendered.errors, rendered.output) == ([], output)


@pytest.mark.parametrize(
    ("number", "source", "output"),
    [
        pytest.param("9007199254740993", "{{ n }}", "9007199254740993", id="beyond-2-to-53"),
        pytest.param("123456789012345678901234567890", "{{ n | tojson }}", "123456789012345678901234567890", id="thirty-digits"),
        pytest.param("10.50", "{{ n }}", "10.50", id="trailing-zero"),
        pytest.param("10.50", "{{ n | tojson }}{{ [n] | tojson }}", "10.50[10.50]", id="trailing-zero-in-json"),
        pytest.param("1E400", "{{ n }}", "1E400", id="beyond-a-float"),
        pytest.param("10.50", "{{ n * 3 }}", "31.50", id="exact-product"),
        pytest.param("0.1", "{{ n + 0.2 }}", "0.3", id="exact-sum"),
        pytest.param("1.005", "{{ n | fixed(2) }} {{ n | round(2) }}", "1.01 1.01", id="halves-go-up"),
        pytest.param("1.005", "{{ '%.1f' % n }} {{ '{:.1f}'.format(n) }}", "1.0 1.0", id="formatted"),
        pytest.param("7", "{{ n / 2 }} {{ n // 2 }} {{ n % 2 }} {{ -n }} {{ n ** 2 }}", "3.5 3 1 -7 49", id="arithmetic"),
    ],
)  # fmt: skip
def test_numbers_keep_their_text(render, number, source, output):
    rendered = render(source, f'{{"n": {number}}}', format="text")

    assert (rendered.errors, rendered.output) == ([], output)


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        pytest.param('{"a": NaN}', "not valid JSON", id="nan"),
        pytest.param('{"a": ', "not valid JSON", id="cut-off"),
        pytest.param("[" * 100_000, "nested too deeply", id="deep"),
        pytest.param('{"a": "' + "x" * 1_100_000 + '"}', "larger than 1 MiB", id="large"),
    ],
)
def test_a_payload_that_is_none_is_an_error(render, payload, words):
    rendered = render("{{ a }}", payload)

    assert words in rendered.errors[0].message
    assert rendered.errors[0].where == "payload"


def test_a_large_payload_renders(render):
    payload = {"items": [{"sku": f"sku-{n}", "text": "x" * 50} for n in range(8_000)]}

    rendered = render("{% for i in items %}{{ i.sku }}{% endfor %}", payload, format="text")

    assert rendered.ok
    assert rendered.output.endswith("sku-7999")


@pytest.mark.parametrize(
    ("format_name", "source", "words"),
    [
        pytest.param("json", '{"a": NaN}', "NaN is not a JSON value", id="nan"),
        pytest.param("json", '{"a": }', "expected a value", id="no-value"),
        pytest.param("json", '{"a": 1,}', "comma too many", id="trailing-comma"),
        pytest.param("json", "[1] 2", "after the end", id="two-documents"),
        pytest.param("json", "  ", "empty", id="empty"),
        pytest.param("json", "[" * 5000 + "]" * 5000, "nested too deeply", id="deep-json"),
        pytest.param("xml", "<a><b></a>", "not valid XML", id="mismatch"),
        pytest.param("xml", "", "empty", id="empty-xml"),
        pytest.param("xml", '<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', "DOCTYPE", id="doctype"),
        pytest.param("xml", '<?xml version="1.0" encoding="latin-1"?><a/>', "UTF-8", id="encoding"),
        pytest.param("xml", "<a>" * 5000 + "</a>" * 5000, "not valid XML", id="deep-xml"),
    ],
)
def test_output_that_is_not_what_its_format_says_is_an_error(render, format_name, source, words):
    rendered = render(source, {}, format=format_name)

    (problem,) = rendered.errors
    assert words in problem.message
    assert problem.where == "output"
    assert problem.line is not None


def test_billion_laughs_in_the_output_are_refused(render):
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    source = f'<!DOCTYPE a [<!ENTITY l0 "ha">{entities}]><a b="&l11;">&l11;</a>'

    rendered = render(source, {}, format="xml")

    assert not rendered.ok


def test_a_field_that_appears_twice_is_a_warning(render):
    rendered = render('{"a": 1,\n "a": 2}', {})

    assert rendered.ok
    assert 'the field "a" appears twice' in rendered.warnings[0].message
    assert rendered.warnings[0].line == 2


def test_tags_in_front_of_an_xml_declaration_do_no_harm(render):
    rendered = render('{% set a = 1 %}\n<?xml version="1.0"?><a>{{ a }}</a>', {}, format="xml")

    assert rendered.ok
    assert rendered.output == '<?xml version="1.0"?><a>1</a>'


def test_the_whole_payload_is_there_whatever_its_members_are_called(render):
    payload = {"_payload": {"forged": True}, "payload": 1}

    rendered = render("{{ _payload | tojson }}", payload)

    assert json.loads(rendered.output) == payload
