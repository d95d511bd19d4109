"""Every helper does what its line in the documentation says."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from dispatcher.rendering import as_markdown, helpers

DOCUMENT = Path(__file__).parents[3] / "docs" / "template-helpers.md"
EXAMPLES = [helper for helper in helpers() if "→" in helper.example]


@pytest.mark.parametrize("helper", EXAMPLES, ids=[helper.name for helper in EXAMPLES])
def test_examples_give_what_they_say(render, helper):
    source, result = helper.example.split("→")

    rendered = render(source.strip(), {}, format="text")

    assert rendered.output == result.strip()


def test_every_helper_has_a_summary_and_an_example():
    assert all(helper.summary and helper.example for helper in helpers())
    assert len({(helper.kind, helper.name) for helper in helpers()}) == len(helpers())


def test_the_documentation_lists_what_the_code_has():
    assert as_markdown() in DOCUMENT.read_text()


PAYLOAD = {
    "items": [
        {"sku": "b", "price": 2.50, "tags": ["x"], "done": True},
        {"sku": "a", "price": 10, "tags": [], "done": False},
        {"sku": "B", "price": 1.25, "tags": ["y"], "done": True},
    ],
    "created": "2026-03-29T00:30:00Z",
    "local": "2026-03-29T00:30:00+02:00",
    "epoch": 1774744200,
    "epoch_ms": 1774744200123,
    "day": "2026-03-29",
    "text": "one two three",
    "raw": '{"id": 7.50}',
    "query": {"a b": "c&d", "e": "é"},
    "nothing": None,
}


@pytest.mark.parametrize(
    ("expression", "output"),
    [
        ("items | map(attribute='sku') | join(',')", "b,a,B"),
        ("items | map(attribute='tags.0') | map('default', '-') | join(',')", "x,-,y"),
        ("items | sum(attribute='price')", "13.75"),
        ("items | sort(attribute='price') | map(attribute='sku') | join", "Bba"),
        ("items | sort(attribute='sku', reverse=true) | map(attribute='sku') | join", "bBa"),
        ("items | unique(attribute='sku') | map(attribute='sku') | join", "ba"),
        ("(items | max(attribute='price')).sku", "a"),
        ("items | selectattr('done') | map(attribute='sku') | join", "bB"),
        ("items | rejectattr('price', 'gt', 2) | map(attribute='sku') | join", "B"),
        ("[1, 2, 3, 4] | select('odd') | join", "13"),
        ("[1, 2, 3] | reject('eq', 2) | join", "13"),
        ("[1, 2, 3, 4, 5] | batch(2, 0) | list", "[[1, 2], [3, 4], [5, 0]]"),
        ("[1, 2, 3, 4, 5] | slice(2) | list", "[[1, 2, 3], [4, 5]]"),
        ("{'b': 1, 'a': 2} | dictsort", '[["a", 2], ["b", 1]]'),
        ("(items | groupby('done'))[1][1] | length", "2"),
        ("nothing | length", "0"),
        ("items | first | attr('sku')", "b"),
        ("[] | first", ""),
        ("'abc' | reverse", "cba"),
        ("created | date", "2026-03-29"),
        ("created | date('%d.%m.%Y %H:%M', 'Europe/Berlin')", "29.03.2026 01:30"),
        ("epoch | isoformat", "2026-03-29T00:30:00Z"),
        ("epoch_ms | date('%H:%M')", "00:30"),
        ("local | timestamp", "1774737000"),
        ("created | timestamp_ms", "1774744200000"),
        ("created | shift(days=1, hours=-1) | isoformat", "2026-03-29T23:30:00Z"),
        ("created | timezone('+05:30') | isoformat", "2026-03-29T06:00:00+05:30"),
        ("(day | datetime).year", "2026"),
        ("nothing | date", ""),
        ("1234567.891 | money('EUR', point=',', thousands='.')", "1.234.567,89 EUR"),
        ("2.675 | fixed", "2.68"),
        ("'3.7' | int", "3"),
        ("'x' | int(9)", "9"),
        ("'2.5' | float + 1", "3.5"),
        ("7 | round(2)", "7.00"),
        ("2.4 | round(method='ceil')", "3"),
        ("(raw | fromjson).id", "7.50"),
        ("query | urlencode", "a+b=c%26d&e=%C3%A9"),
        ("'a b/c' | urlencode", "a%20b/c"),
        ("'é' | base64 | frombase64", "é"),
        ("'a' | md5", "0cc175b9c0f1b6a831c399e269772661"),
        ("'a' | sha256 | truncate(8, true, '')", "ca978112"),
        ("text | truncate(9)", "one two…"),
        ("text | wordcount", "3"),
        ("text.split(' ')[1].upper()", "TWO"),
        ("text | replace('two', '2') | title", "One 2 Three"),
        ("'a\nb' | indent(2)", "a\n  b"),
        ("uuid() | length", "36"),
        ("now() | date('%Y') | int > 2000", "true"),
        ("range(3) | list", "[0, 1, 2]"),
        ("dict(a=1).a", "1"),
    ],
)
def test_helpers(render, expression, output):
    rendered = render("{{ " + expression + " }}", PAYLOAD, format="text")

    assert (rendered.errors, rendered.output) == ([], output)


def test_tojson_can_be_indented(render):
    rendered = render("{{ payload | tojson(2) }}", {"a": [1, {"b": None}], "c": [], "d": {}})

    assert json.loads(rendered.output) == {"a": [1, {"b": None}], "c": [], "d": {}}
    assert re.match(r'\{\n  "a": \[\n    1,\n', rendered.output)
