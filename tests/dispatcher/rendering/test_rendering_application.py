"""What a template asks of the application while it is rendered."""

from __future__ import annotations

import json

import pytest

from dispatcher.rendering import Answer, Job, RenderError, Template


def test_lookups_are_answered_by_the_application(shared_renderer, lookups):
    asked = []

    def resolve(owner, args, kwargs):
        asked.append((owner, args, kwargs))
        return {"ups": "UPS"}.get(args[0]["shipmentMethodUid"], kwargs.get("default"))

    lookups(resolve)
    source = (
        '{% for f in fs %}{% set carrier = lookups({"shipmentMethodUid": f.carrierUid}, '
        'strict=False, default="") %}"carrier": "{{ carrier }}";{% endfor %}'
    )
    payload = json.dumps(
        {"fs": [{"carrierUid": "ups"}, {"carrierUid": "x"}, {"carrierUid": "ups"}]}
    )

    rendered = shared_renderer.render(Job((Template("text", source),), payload, owner="customer:7"))

    assert rendered.output == '"carrier": "UPS";"carrier": "";"carrier": "UPS";'
    options = {"strict": False, "default": ""}
    assert asked == [
        ("customer:7", [{"shipmentMethodUid": "ups"}], options),
        ("customer:7", [{"shipmentMethodUid": "x"}], options),
    ]


def test_each_job_of_a_batch_asks_for_its_own_owner(shared_renderer, lookups):
    lookups(lambda owner, args, kwargs: owner)
    template = (Template("text", "{{ lookups() }}"),)

    results = shared_renderer.render_many(
        [Job(template, "{}", owner=f"customer:{n}") for n in range(100)]
    )

    assert [r.output for r in results] == [f"customer:{n}" for n in range(100)]


def test_a_lookups_error_and_warning_reach_the_author(shared_renderer, lookups):
    def resolve(owner, args, kwargs):
        if args == ["bad"]:
            raise RenderError("No row for `bad` in the table carriers.")
        return Answer("-", warning="No row for `x` in the table carriers.")

    lookups(resolve)
    source = "\n{{ lookups('x') }}\n{{ lookups(word) }}"

    rendered = shared_renderer.render(Job((Template("text", source),), '{"word": "bad"}'))

    assert [(e.line, e.message) for e in rendered.errors] == [
        (3, "No row for `bad` in the table carriers.")
    ]
    assert [(w.line, w.message) for w in rendered.warnings] == [
        (2, "No row for `x` in the table carriers.")
    ]


def test_an_application_that_fails_to_answer_is_not_the_templates_fault(own_renderer, lookups):
    class DatabaseError(Exception):
        pass

    def resolve(owner, args, kwargs):
        raise DatabaseError

    lookups(resolve)

    with pytest.raises(DatabaseError):
        own_renderer.render(Job((Template("text", "{{ lookups('x') }}"),), "{}"))

    assert own_renderer.render(Job((Template("text", "{{ v }}"),), '{"v": 1}')).output == "1"


def test_the_number_of_questions_is_bounded(shared_renderer, lookups):
    asked = []
    lookups(lambda owner, args, kwargs: asked.append(args))
    source = "{% for n in range(9000) %}{% set x = lookups(n) %}{% endfor %}"

    rendered = shared_renderer.render(Job((Template("text", source),), "{}"))

    assert "more than 1,000 times" in rendered.errors[0].message
    assert len(asked) == 1000
