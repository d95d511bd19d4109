"""Templates tried before they are saved: sent once, rendered over the past, brought back."""

from __future__ import annotations

import factories
import ledger
import pytest
from django.core.exceptions import ValidationError

from dispatcher.models import Delivery, Rule
from postbacks import services
from postbacks.models import Template, Trigger
from postbacks.services import Verdict

pytestmark = pytest.mark.django_db

PAYLOAD = '{"orderId": "o-9", "orderReferenceId": "PO-9"}'


def send(template, target=None, **values):
    target = target or Trigger(event="order_shipped", url="https://shop.example/in", **values)
    uid = services.test_template(template=template, payload=PAYLOAD, target=target)
    return Delivery.objects.select_related("route", "rule", "event").get(uid=uid)


def test_an_unsaved_template_is_sent_to_an_address_once():
    delivery = send(Template(name="New", format="json", body='{"a": "{{ orderId }}"}'))

    assert delivery.is_test
    assert delivery.event.is_test
    assert delivery.route.spec["url"] == "https://shop.example/in"
    assert delivery.route.retry_policy == {"delays": []}
    assert delivery.route.made_from == ""
    assert Template.objects.count() == 0


def test_what_is_saved_is_named_as_the_version_that_made_it():
    template = factories.template()

    saved = send(template)
    template.body = '{"changed": true}'
    changed = send(template)

    assert saved.route.made_from == f"template:{template.pk}@1"
    assert changed.route.made_from == ""
    assert changed.route.spec["template"]["source"] == '{"changed": true}'
    assert saved.rule == changed.rule


def test_a_test_as_a_trigger_sends_leaves_the_trigger_as_it_is():
    trigger = ledger.trigger()
    before = trigger.rule.route_id

    delivery = send(Template(format="json", body='{"new": 1}'), trigger)

    assert delivery.rule_id == trigger.rule_id
    assert delivery.route_id != before
    assert ["X-Shop", "42"] in delivery.route.spec["headers"]
    assert Rule.objects.get(pk=trigger.rule_id).route_id == before
    trigger.refresh_from_db()
    assert trigger.template.body != '{"new": 1}'


def test_a_trigger_without_a_template_can_be_the_target():
    trigger = factories.trigger(template=None, status="draft")

    delivery = send(Template(format="xml", body="<a/>"), trigger)

    assert delivery.route.spec["content_type"].startswith("application/xml")


@pytest.mark.parametrize(
    ("values", "field"),
    [
        pytest.param({"url": ""}, "url", id="no address"),
        pytest.param({"url": "ftp://shop.example"}, "url", id="no web address"),
        pytest.param({"body": "  "}, "body", id="nothing written"),
        pytest.param({"payload": "[1]"}, "payload", id="payload is no object"),
    ],
)
def test_what_cannot_be_sent_is_refused_in_words(values, field):
    values = {"url": "https://shop.example", "body": "{}", "payload": "{}"} | values

    with pytest.raises(ValidationError) as caught:
        services.test_template(
            template=Template(format="json", body=values["body"]),
            payload=values["payload"],
            target=Trigger(event="order_shipped", url=values["url"]),
        )

    assert field in caught.value.message_dict
    assert not Delivery.objects.exists()


def test_the_past_shows_what_a_change_changes_and_breaks():
    template = factories.template(body='{"order": "{{ orderId }}"}')
    ledger.emit(1)
    ledger.emit(2, orderId=None)
    template.body = '{"order": {{ orderId | tojson }}}'

    changed, same = services.try_on_past(template=template, event_type="order_shipped")

    assert (same.verdict, same.diff) == (Verdict.SAME, [])
    assert changed.verdict is Verdict.CHANGED
    assert ("-", '{"order": ""}') in changed.diff
    assert ("+", '{"order": null}') in changed.diff


def test_the_past_shows_what_would_now_fail_and_why():
    template = factories.template(body='{"order": "{{ orderId }}"}')
    ledger.emit(1)
    template.body = '{"order": '

    (tried,) = services.try_on_past(template=template, event_type="order_shipped")

    assert tried.verdict is Verdict.FAILS
    assert "not valid JSON" in tried.problems[0]


def test_the_past_leaves_out_tests_other_events_and_other_customers():
    mine, other = factories.customer(), factories.customer()
    send(factories.template())
    ledger.emit(1, customer=other)
    ledger.emit(2, customer=mine)
    template = Template(format="json", body="{}", customer=mine)

    tried = services.try_on_past(template=template, event_type="order_shipped")

    assert [one.subject for one in tried] == ["order:PO-2"]
    assert services.try_on_past(template=template, event_type="order_failed") == []


def test_an_earlier_version_comes_back_as_the_newest():
    template = factories.template(body='{"a": 1}')
    template.body = '{"a": 2}'
    services.save_template(template=template)

    services.restore_template_version(template=template, number=1)

    assert (template.version, template.body) == (3, '{"a": 1}')
    with pytest.raises(ValidationError, match="no version 9"):
        services.restore_template_version(template=template, number=9)
