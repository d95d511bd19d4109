"""Schemas of templates: refused when they are none, kept in versions, asked before sending."""

from __future__ import annotations

import json

import factories
import ledger
import pytest

from dispatcher.models import Attempt, Delivery
from postbacks import services
from postbacks.models import Template, TemplateVersion

pytestmark = pytest.mark.django_db

SCHEMA = '{"required": ["order"], "properties": {"order": {"pattern": "^PO-"}}}'
XSD = (
    '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">'
    '<xs:element name="order" type="xs:integer"/></xs:schema>'
)
BODY = '{"order": "{{ orderReferenceId }}"}'


def test_a_schema_that_is_none_is_refused_at_save_also_of_a_draft(refused):
    with refused(schema="`type` should be one of"):
        factories.template(schema='{"type": "objekt"}', status="draft", body="{% if")
    with refused(schema="An XML Schema begins with", body="Line 1"):
        factories.template(schema="<a/>", format="xml", body="{% if %}")
    with refused(schema="Nothing is fetched"):
        factories.template(schema='{"$ref": "https://example.com/order.json"}')

    assert Template.objects.count() == 0


def test_an_email_has_no_schema(refused):
    with refused(schema="An e-mail has no schema"):
        factories.email_template(schema="{}")


def test_a_schema_is_part_of_the_version_and_comes_back_with_it():
    template = factories.template(schema=SCHEMA)

    template.schema = ""
    services.save_template(template=template)
    services.restore_template_version(template=template, number=1)

    kept = TemplateVersion.objects.order_by("number").values_list("schema", flat=True)
    assert list(kept) == [SCHEMA, "", SCHEMA]
    assert template.schema == SCHEMA
    assert template.history.latest().schema == SCHEMA


def test_a_template_without_a_schema_keeps_the_route_it_has():
    plain = factories.trigger()
    with_one = factories.trigger(template=factories.template(schema=SCHEMA))

    assert "schema" not in plain.rule.route.spec["template"]
    assert with_one.rule.route.spec["template"]["schema"] == SCHEMA


def test_a_changed_schema_is_what_the_next_event_is_held_against():
    trigger = factories.trigger()

    template = trigger.template
    template.schema = SCHEMA
    services.save_template(template=template)

    trigger.rule.refresh_from_db()
    assert trigger.rule.route.spec["template"]["schema"] == SCHEMA


def test_rendering_shows_the_output_and_what_does_not_fit():
    template = Template(format="json", body=BODY, schema=SCHEMA)

    rendered = services.render_template(template=template, payload='{"orderReferenceId": "7"}')

    (problem,) = rendered.errors
    assert rendered.output == '{"order": "7"}'
    assert (problem.line, problem.column, problem.where) == (1, 11, "output")
    assert '`order` should match the pattern "^PO-"' in problem.message


def test_rendering_with_a_schema_that_is_none_shows_the_output_all_the_same():
    template = Template(format="json", body=BODY, schema='{"type": 1}')

    rendered = services.render_template(template=template, payload='{"orderReferenceId": "7"}')

    assert rendered.output == '{"order": "7"}'
    assert [problem.where for problem in rendered.errors] == ["schema"]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"body": BODY, "schema": SCHEMA}, "`order` should match the pattern"),
        (
            {"format": "xml", "body": "<order>{{ orderReferenceId }}</order>", "schema": XSD},
            "is not a valid value of the type 'integer'",
        ),
    ],
    ids=["json", "xml"],
)
@pytest.mark.django_db(transaction=True)
def test_what_does_not_fit_is_never_sent_and_never_tried_again(receiver, run_pass, values, words):
    template = factories.template(**values)
    customer = factories.customer()
    factories.trigger(
        template=template, format=template.format, url=f"{receiver.url}/ok", customer=customer
    )

    ledger.emit(customer=customer, orderReferenceId="bad")
    run_pass()

    delivery = Delivery.objects.get()
    attempt = Attempt.objects.get()
    assert (delivery.state, delivery.outcome) == ("failed", "template_error")
    assert words in attempt.error
    assert "the output does not fit the schema" in attempt.error
    assert receiver.ledger() == []


@pytest.mark.django_db(transaction=True)
def test_what_fits_is_sent(receiver, run_pass):
    template = factories.template(body=BODY, schema=SCHEMA)
    customer = factories.customer()
    factories.trigger(template=template, url=f"{receiver.url}/ok", customer=customer)

    ledger.emit(customer=customer)
    run_pass()

    assert json.loads(receiver.ledger()[0]["body"]) == {"order": "PO-1"}
