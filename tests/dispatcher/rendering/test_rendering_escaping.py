"""No value breaks out of the document it is put in, and every value arrives as it was."""

from __future__ import annotations

import html
import json
from urllib.parse import parse_qsl, unquote

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from lxml import etree

from dispatcher.rendering import Job, Template

AWKWARD = (
    '"quoted" \\back\\slash\nnew\r\nline\ttab <b>&amp;</b> \' ]]> {{ x }} {% y %} %s {0}'
    " \u2028\u2029 \U0001f4e6 \u05e9\u05dc\u05d5\u05dd \x7f\x85\xa0\ufeff"
)
ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]))
# XML 1.0 production [2]; the parser itself refuses the rest.
XML_TEXT = st.text(
    st.characters(
        exclude_categories=["Cs", "Cc"],
        include_characters="\t\n\r",
        exclude_characters="\ufffe\uffff",
    )
)
patient = settings(
    max_examples=300,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def run(renderer, format_name, source, value):
    job = Job((Template(format_name, source),), json.dumps({"v": value}))
    rendered = renderer.render(job)
    assert rendered.ok, rendered.errors
    return rendered


@patient
@given(ANY_TEXT)
@example(AWKWARD)
@example("\x00\x1f")
def test_any_text_arrives_intact_through_json(shared_renderer, value):
    source = (
        '{"a": "{{ v }}", "b": {{ v | tojson }}, "c": "{{ "[" ~ v ~ "]" }}",'
        ' "d": {{ {"k": [v]} | tojson }}}'
    )

    document = json.loads(run(shared_renderer, "json", source, value).output)

    assert document["a"] == document["b"] == value
    assert document["c"] == f"[{value}]"
    assert document["d"] == {"k": [value]}


@patient
@given(ANY_TEXT)
@example(AWKWARD)
def test_captured_text_is_escaped_once(shared_renderer, value):
    source = (
        "{% macro m(x) %}<{{ x }}>{% endmacro %}{% macro n() %}<{{ caller() }}>{% endmacro %}"
        '{% set s %}{{ v }}{% endset %}["{{ m(v) }}", "{{ s }}", {{ s | tojson }}, '
        '"{% filter replace("~", "~") %}{{ v }}{% endfilter %}", "{{ s ~ v }}", "{{ s + v }}", '
        '"{{ [s, v] | join }}", "{% call n() %}{{ v }}{% endcall %}"]'
    )

    document = json.loads(run(shared_renderer, "json", source, value).output)

    wrapped = f"<{value}>"
    twice = value * 2
    assert document == [wrapped, value, value, value, twice, twice, twice, wrapped]


@patient
@given(XML_TEXT)
@example(AWKWARD.replace("\ufeff", ""))
def test_any_text_that_xml_allows_arrives_intact_through_xml(shared_renderer, value):
    source = (
        "<r a=\"{{ v }}\" b='{{ v }}'><t>{{ v }}</t>{% set s %}{{ v }}{% endset %}<t>{{ s }}</t>"
        "<j>{{ [v] | tojson }}</j></r>"
    )

    root = etree.fromstring(run(shared_renderer, "xml", source, value).output.encode())

    assert [root.get("a"), root.get("b"), *(t.text or "" for t in root.iter("t"))] == [value] * 4
    assert json.loads(root.find("j").text) == [value]


@patient
@given(ANY_TEXT)
@example(AWKWARD)
def test_any_text_stays_text_in_html(shared_renderer, value):
    output = run(shared_renderer, "html", '<p title="{{ v }}">{{ v }}</p>', value).output

    shown = output.removeprefix('<p title="').removesuffix("</p>")
    attribute, body = shown.split('">', 1)
    assert "<" not in attribute + body
    assert '"' not in attribute
    assert html.unescape(body) == html.unescape(html.escape(value))


@patient
@given(ANY_TEXT)
@example(AWKWARD)
def test_any_text_is_one_part_of_a_url(shared_renderer, value):
    output = run(
        shared_renderer, "url", "a={{ v }}&b={{ v }}&{{ {'c': v} | urlencode }}", value
    ).output

    assert parse_qsl(output, keep_blank_values=True) == [("a", value), ("b", value), ("c", value)]
    assert unquote(output.split("&")[0][2:]) == value


@patient
@given(ANY_TEXT)
def test_text_is_left_alone(shared_renderer, value):
    assert run(shared_renderer, "text", "{{ v }}", value).output == value


def test_characters_that_xml_does_not_allow_are_left_out_with_a_warning(shared_renderer):
    rendered = run(shared_renderer, "xml", "<a>\n{{ v }}</a>", "a\x00b\x0bc\ufffe")

    assert rendered.output == "<a>\nabc</a>"
    assert [(w.line, "XML does not allow" in w.message) for w in rendered.warnings] == [(2, True)]


def test_half_a_surrogate_pair_cannot_break_the_encoding(shared_renderer):
    as_json = shared_renderer.render(Job((Template("json", '"{{ v }}"'),), r'{"v": "\ud800"}'))
    as_text = shared_renderer.render(Job((Template("text", "{{ v }}"),), r'{"v": "\ud800"}'))

    assert as_json.output == r'"\ud800"'
    assert as_text.output == "\ufffd"


@pytest.mark.parametrize("format_name", ["json", "xml", "html", "url"])
@pytest.mark.parametrize(
    "expression",
    ["v | safe", "v | e", "v | escape", "v | string", "v | upper | lower | safe", "v | default('')",
     "v | trim", "'' ~ v", "v + ''", "[v] | first", "v[:99]", "'%s' % v", "'{}'.format(v)",
     "v | indent", "[v] | join(' ')", "v | replace('zz', '')"],
)  # fmt: skip
def test_nothing_switches_escaping_off(shared_renderer, format_name, expression):
    value = "\"<&'\\"
    frame = {"json": '"%s"', "xml": "<a>%s</a>"}.get(format_name, "%s")

    output = run(shared_renderer, format_name, frame % f"{{{{ {expression} }}}}", value).output

    plain = run(shared_renderer, format_name, frame % "{{ v }}", value).output
    assert output == plain


def test_safe_says_that_it_does_nothing(shared_renderer):
    rendered = run(shared_renderer, "html", "\n{{ v | safe }}", "<b>")

    assert rendered.output == "\n&lt;b&gt;"
    assert [(w.line, w.message[:25]) for w in rendered.warnings] == [
        (2, "`| safe` has no effect: v")
    ]
