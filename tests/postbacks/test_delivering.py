"""The main job: an order event goes in, the customer's server has their document."""

import json
from xml.etree import ElementTree as ET

import factories
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dispatcher.models import Attempt, Delivery
from postbacks import services
from postbacks.events import EventType, sample_payload
from postbacks.services import NewOrderEvent

RARE = ['"', "\\", "\n", "\t", "<", "&", "]]>", "{{", "😀", "שלום", "مرحبا", "\u2028", "'", "é"]
LEGAL = st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff")
TEXTS = st.lists(st.one_of(LEGAL, st.sampled_from(RARE)), max_size=20).map("".join)


def emit(customer, payload, **more):
    item = NewOrderEvent(
        type=EventType.ORDER_SHIPPED, customer=customer.reference_id, payload=json.dumps(payload),
        **more,
    )  # fmt: skip
    return services.emit_order_event(item=item, emitter="user:1")


@pytest.fixture
def shipped():
    return json.loads(sample_payload(EventType.ORDER_SHIPPED))


@pytest.fixture
def guide(db, receiver):
    """A trigger with the guide's template, towards the sample receiver."""
    template = factories.template(body=factories.GUIDE)
    return factories.trigger(template=template, url=f"{receiver.url}/ok")


def test_the_guides_template_delivers_exactly_its_document(guide, receiver, run_pass, shipped):
    emit(guide.customer, shipped)

    run_pass()

    [request] = receiver.ledger()
    fulfillment = shipped["items"][0]["fulfillments"][0]
    assert request["body"] == (
        f'{{"event": "Order Shipped", "orderId": "{shipped["orderId"]}",'
        f' "orderReferenceId": "{shipped["orderReferenceId"]}",\n'
        f' "timestamp": "{shipped["created"]}", "status": "{shipped["fulfillmentStatus"]}",\n'
        f' "trackingInfo": {{ \n   "trackingCode": "{fulfillment["trackingCode"]}",'
        f' "trackingUrl": "{fulfillment["trackingUrl"]}",\n'
        f'   "carrier": "{fulfillment["carrierName"]}"  }} }}'
    )
    assert json.loads(request["body"])["trackingInfo"]["carrier"] == fulfillment["carrierName"]


def test_with_two_fulfillments_it_is_refused_at_render_with_line_and_column(guide, shipped):
    shipped["items"][0]["fulfillments"] *= 2

    rendered = services.render_template(template=guide.template, payload=json.dumps(shipped))

    assert not rendered.ok
    assert rendered.errors[0].where == "output"
    assert rendered.errors[0].line
    assert rendered.errors[0].column


def test_with_two_fulfillments_a_real_event_is_not_sent_and_not_retried(
    guide, receiver, run_pass, shipped
):
    shipped["items"][0]["fulfillments"] *= 2
    emit(guide.customer, shipped)

    run_pass()

    assert guide.retry_on_failure
    assert Delivery.objects.get().state == "failed"
    assert Attempt.objects.get().outcome == "template_error"
    assert receiver.ledger() == []


@pytest.mark.parametrize("template_format", ["json", "xml"])
@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(texts=st.lists(TEXTS, min_size=1, max_size=20))
def test_any_text_arrives_intact(db, receiver, run_pass, template_format, texts):
    receiver.clear()
    body = {"json": '{"note": "{{ note }}"}', "xml": "<note>{{ note }}</note>"}[template_format]
    template = factories.template(body=body, format=template_format)
    trigger = factories.trigger(template=template, format=template_format, url=f"{receiver.url}/ok")
    for text in texts:
        emit(trigger.customer, {"orderId": "1", "note": text})

    run_pass()

    arrived = [_note(request["body"], template_format) for request in receiver.ledger()]
    assert sorted(arrived) == sorted(texts)


def _note(body, template_format):
    if template_format == "json":
        return json.loads(body)["note"]
    return ET.fromstring(body).text or ""


def test_a_customer_made_inactive_while_deliveries_wait_gets_nothing_until_active_again(
    guide, receiver, run_pass, shipped
):
    for _ in range(3):
        emit(guide.customer, shipped)
    services.deactivate_customer(customer=guide.customer)
    run_pass()
    arrived_meanwhile = receiver.count().requests

    services.activate_customer(customer=guide.customer)
    run_pass()

    assert arrived_meanwhile == 0
    assert receiver.count() == (3, 3)


def test_a_trigger_paused_while_deliveries_wait_sends_them_once_when_resumed(
    guide, receiver, run_pass, shipped
):
    emit(guide.customer, shipped)
    services.set_trigger_status(trigger=guide, status="paused")
    emit(guide.customer, shipped)
    run_pass()
    arrived_meanwhile = receiver.count().requests
    guide.refresh_from_db()

    services.set_trigger_status(trigger=guide, status="active")
    run_pass()

    assert arrived_meanwhile == 0
    assert receiver.count() == (2, 2)
