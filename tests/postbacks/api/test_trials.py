"""Templates tried, and triggers duplicated, over the API."""

from __future__ import annotations

import factories
import ledger
import pytest
from api_client import fields, problem

from dispatcher.models import Delivery
from postbacks.models import Template, Trigger

SCHEMA = '{"required": ["total"]}'


def past(api, template, **body):
    return api.post(f"templates/{template.pk}/past/", body)


def test_a_changed_template_is_tried_on_the_past(api):
    template = factories.template(body='{"order": "{{ orderId }}"}', event="order_shipped")
    ledger.emit(1)
    ledger.emit(2)

    answer = past(api, template, body='{"number": "{{ orderId }}"}').json()

    assert answer["counts"] == {"same": 0, "changed": 2, "fails": 0, "still_fails": 0, "mended": 0}
    newest = answer["results"][0]
    assert (newest["verdict"], newest["subject"]) == ("changed", "order:PO-2")
    assert '-{"order": "o-2"}' in newest["diff"]
    assert '+{"number": "o-2"}' in newest["diff"]
    template.refresh_from_db()
    assert template.body == '{"order": "{{ orderId }}"}'


def test_what_would_fail_says_why_and_the_number_is_bounded(api):
    template = factories.template(event="order_shipped")
    for number in range(3):
        ledger.emit(number)

    answer = past(api, template, schema=SCHEMA, count=2).json()

    assert answer["counts"]["fails"] == len(answer["results"]) == 2
    assert "lacks the field `total`" in answer["results"][0]["problems"][0]
    assert fields(problem(past(api, template, count=101), 400)) == ["count"]
    assert fields(problem(past(api, template, bdy=""), 400)) == ["bdy"]


def test_the_same_changes_nothing(api):
    template = factories.template(event="order_shipped")
    ledger.emit()

    assert past(api, template).json()["counts"]["same"] == 1


def test_an_unsaved_template_is_sent_once_to_a_url(api):
    body = {"body": '{"n": {{ big }}}', "url": "https://a.example/in"}
    text = b'{"body": "{\\"n\\": {{ big }}}", "url": "https://a.example/in", "payload": {"big": 12345678901234567890}}'  # noqa: E501

    answer = api.post("templates/test/", text)

    assert answer.status_code == 202
    delivery = Delivery.objects.select_related("route", "event").get(uid=answer.json()["id"])
    assert delivery.is_test
    assert delivery.route.spec["template"]["source"] == body["body"]
    assert delivery.event.payload == '{"big": 12345678901234567890}'
    assert Template.objects.count() == 0


def test_a_test_as_a_trigger_sends_uses_its_headers(api):
    trigger = ledger.trigger()

    answer = api.post("templates/test/", {"body": "{}", "payload": {}, "trigger": trigger.pk})

    delivery = Delivery.objects.select_related("route").get(uid=answer.json()["id"])
    assert delivery.rule_id == trigger.rule_id
    assert ["X-Shop", "42"] in delivery.route.spec["headers"]


def test_an_email_is_tested_to_an_address(api):
    body = {"kind": "email", "subject": "Hi", "text": "x", "to": ["a@there.example"], "payload": {}}

    answer = api.post("templates/test/", body)

    delivery = Delivery.objects.select_related("route").get(uid=answer.json()["id"])
    assert delivery.route.spec["to"] == ["a@there.example"]


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ({"body": "{}"}, ["payload"]),
        ({"body": "{}", "payload": []}, ["payload"]),
        ({"body": "{}", "payload": {}}, ["url"]),
        ({"body": "{}", "payload": {}, "url": "ftp://a.example"}, ["url"]),
        ({"payload": {}, "url": "https://a.example"}, ["body"]),
        ({"body": "{}", "payload": {}, "trigger": 999_999}, ["trigger"]),
        ({"body": "{}", "payload": {}, "trigger": 1, "url": "https://a.example"}, ["url"]),
        ({"kind": "email", "subject": "x", "text": "x", "payload": {}}, ["to"]),
    ],
)
def test_a_test_that_cannot_be_names_the_field(api, body, names):
    assert fields(problem(api.post("templates/test/", body), 400)) == names
    assert Delivery.objects.count() == 0


def test_a_schema_is_saved_read_and_rendered_against(api):
    made = api.post("templates/", {"name": "T", "body": "{}", "schema": SCHEMA}).json()

    rendered = api.post("templates/render/", {"id": made["id"], "payload": {}}).json()
    loose = {"body": "{}", "schema": SCHEMA, "payload": {}}
    versions = api.get(f"templates/{made['id']}/versions/").json()["results"]

    assert made["schema"] == versions[0]["schema"] == SCHEMA
    assert "lacks the field `total`" in rendered["errors"][0]["message"]
    assert api.post("templates/render/", loose).json()["errors"] == rendered["errors"]
    refused = api.post("templates/", {"name": "T", "schema": '{"type": 1}'})
    assert fields(problem(refused, 400)) == ["schema"]


def test_a_trigger_is_duplicated_without_its_secrets(api):
    source = ledger.trigger()
    other = factories.customer()

    answer = api.post(f"triggers/{source.pk}/duplicate/", {"customer": other.reference_id})

    copy = answer.json()
    assert answer.status_code == 201
    assert (copy["status"], copy["customer"]) == ("draft", other.pk)
    assert copy["signing_secret"] == {"set": False}
    assert len(copy["left_out"]) == 2
    assert Trigger.objects.count() == 2
    assert fields(problem(api.post(f"triggers/{source.pk}/duplicate/", {}), 400)) == ["customer"]


def test_only_who_may_configure_may_try(db):
    from api_client import Api  # noqa: PLC0415

    reader = Api("read")
    trigger = factories.trigger()

    for path in ("templates/test/", f"triggers/{trigger.pk}/duplicate/"):
        assert reader.post(path, {}).status_code == 403
    assert past(reader, trigger.template).status_code == 403
