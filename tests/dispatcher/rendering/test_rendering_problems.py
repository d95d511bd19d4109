"""Errors and warnings speak to somebody who knows their JSON, not Python."""

# ruff: noqa: E501 - a template in a table is one line

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    ("source", "line", "column", "words"),
    [
        pytest.param("\n{{ fullfillments }}", 2, 4, "`fullfillments` is not in the payload; did you mean `fulfillments`?", id="name"),
        pytest.param("{% for i in items %}\n{{ i.skuu }}{% endfor %}", 2, 4, "`i.skuu` is not in the payload; did you mean `sku`?", id="field"),
        pytest.param("{% for x in\n\n itms %}{% endfor %}", 3, 2, "did you mean `items`?", id="loop"),
        pytest.param("{{ a.b.c }}", 1, 4, "`a.b.c` is not in the payload: `a` is missing.", id="deep"),
        pytest.param("{{ nothing.b }}", 1, 4, "what it is looked for in is null", id="null"),
        pytest.param("{{ fulfillments.code }}", 1, 4, "text has no such field", id="text"),
        pytest.param("{{ items[7].sku }}", 1, 4, "`items[7].sku` is not in the payload", id="index"),
        pytest.param("{% if fullfillments %}{% endif %}", 1, 7, "did you mean", id="a-slip-in-a-condition"),
        pytest.param("{% if fullfillments == 'a' %}{% endif %}", 1, 7, "did you mean", id="a-comparison"),
    ],
)  # fmt: skip
def test_a_missing_field_is_a_warning_at_its_line(render, source, line, column, words):
    payload = {"fulfillments": "f", "items": [{"sku": 1}], "nothing": None}

    rendered = render(source, payload, format="text")

    assert rendered.ok
    (warning,) = rendered.warnings
    assert words in warning.message
    assert (warning.line, warning.column) == (line, column)
    assert warning.path


def test_asking_for_an_optional_field_is_no_warning(render):
    source = "{% if giftNote %}{% endif %}{{ x is defined }}{{ y | default('') }}{{ null_field }}"

    rendered = render(source, {"null_field": None}, format="text")

    assert rendered.ok
    assert rendered.warnings == []


def test_a_field_missing_in_every_round_of_a_loop_is_reported_once(render):
    rendered = render(
        "{% for i in l %}{{ i.x }}{{ i.x }}{% endfor %}", {"l": [{}] * 50}, format="text"
    )

    assert len(rendered.warnings) == 1


def test_no_more_than_fifty_warnings(render):
    source = "\n".join(f"{{{{ missing_{n} }}}}" for n in range(80))

    rendered = render(source, {}, format="text")

    assert len(rendered.warnings) == 50


@pytest.mark.parametrize("source", ["{{ a.b }}", "{% for x in a.b %}{% endfor %}", "{% if a.b %}{% endif %}", "{{ a.b | upper }}", "{{ a.b ~ 'x' }}", "{{ [a.b] | tojson }}"])  # fmt: skip
def test_a_missing_field_of_a_strict_template_is_an_error(render, source):
    rendered = render("\n" + source, {"a": {}}, format="text", strict=True)

    (problem,) = rendered.errors
    assert "`a.b` is not in the payload" in problem.message
    assert problem.line == 2


def test_strict_templates_may_still_ask(render):
    source = "{{ a.b is defined }}{{ a.b | default('-') }}"

    assert render(source, {"a": {}}, format="text", strict=True).output == "false-"


@pytest.mark.parametrize(
    ("source", "line", "words"),
    [
        pytest.param("\n{{ 'a' | uper }}", 2, "no filter `uper`; did you mean `upper`?", id="filter"),
        pytest.param("\n{% if 1 is ood %}{% endif %}", 2, "no test `ood`; did you mean `odd`?", id="test"),
        pytest.param("\n{% fro x in y %}", 2, "no tag `fro`; did you mean `for`?", id="tag"),
        pytest.param("{{ lokups({}) }}", 1, "`lokups` is not a function", id="function"),
        pytest.param("{{ rnage(3) }}", 1, "did you mean `range`?", id="near-function"),
        pytest.param("\n{{ a ", 2, "expected `}}`", id="not-closed"),
        pytest.param("{% for x in y %}", 1, "endfor", id="loop-not-closed"),
        pytest.param("{% endfor %}", 1, "endfor", id="loop-not-opened"),
        pytest.param("\n{{ 'a' + 1 }}", 2, "use `~` to join", id="text-plus-number"),
        pytest.param("\n{{ 'a' * 'b' }}", 2, "needs numbers on both sides", id="text-times-text"),
        pytest.param("{{ t > 1 }}", 1, "cannot compare", id="text-compared-with-number"),
        pytest.param("{{ missing + 1 }}", 1, "cannot be calculated with", id="missing-in-a-sum"),
        pytest.param("\n{{ 1 / 0 }}", 2, "Division by zero", id="division"),
        pytest.param("{% for x in 5 %}{% endfor %}", 1, "is not a list", id="loop-over-a-number"),
        pytest.param("{% for a, b in [1] %}{% endfor %}", 1, "", id="unpacking-a-number"),
        pytest.param("{% for a, b in [[1]] %}{% endfor %}", 1, "more (or fewer) variables", id="unpacking"),
        pytest.param("{{ t() }}", 1, "Only functions and macros can be called", id="calling-text"),
        pytest.param("{{ now }}", 1, "are the () missing?", id="function-not-called"),
        pytest.param("{{ 'x' | date }}", 1, "is not a date", id="not-a-date"),
        pytest.param("{{ 'x' | fixed }}", 1, "is not a number", id="not-a-number"),
        pytest.param("{% set payload.a = 1 %}", 1, "cannot be changed", id="payload-changed"),
    ],
)  # fmt: skip
def test_an_error_says_what_is_wrong_at_its_line(render, source, line, words):
    rendered = render(source, {"t": "text"}, format="text")

    (problem,) = rendered.errors
    assert words in problem.message
    assert problem.line == line
    assert rendered.output == ""
    for jargon in ("NoneType", "'str'", "'dict'", "object is not", "Traceback", "lambda"):
        assert jargon not in problem.message


def test_twenty_loops_in_each_other_are_allowed_and_one_more_is_named_at_its_line(render):
    def loops(depth):
        return "{% for x in [1] %}\n" * depth + "y" + "{% endfor %}" * depth

    allowed = render(loops(20), {}, format="text")
    refused = render(loops(21), {}, format="text")

    assert allowed.output.strip() == "y"
    (error,) = refused.errors
    assert (error.line, error.message) == (21, "Loops are nested too deeply.")
