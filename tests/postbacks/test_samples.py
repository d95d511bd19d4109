from __future__ import annotations

import json

import factories
import pytest

from dispatcher.checks import parse_payload
from postbacks import services
from postbacks.events import EventType, sample_payload
from postbacks.models import Template
from postbacks.subjects import default_subject


@pytest.mark.parametrize("event_type", EventType.values)
def test_every_event_type_has_a_sample_that_may_be_emitted(event_type):
    payload = parse_payload(sample_payload(event_type))

    assert default_subject(payload) == "order:PO-1001"


def test_the_nested_sample_has_metadata_with_hyphens_and_a_list_named_items():
    payload = parse_payload(sample_payload("package_status_updated"))

    assert set(payload) >= {"customer", "order", "package", "shipment"}
    assert any("-" in key for key in payload["order"]["metadata"])
    assert isinstance(payload["package"]["items"], list)


def test_the_guides_template_gives_exactly_its_document_for_the_shipped_sample():
    template = Template(format="json", body=factories.GUIDE)

    rendered = services.render_template(template=template, payload=sample_payload("order_shipped"))

    assert rendered.ok
    assert rendered.warnings == []
    assert json.loads(rendered.output) == {
        "event": "Order Shipped",
        "orderId": "9f2c1a54-6b1e-4d7c-8a53-0d1f5b7e2c90",
        "orderReferenceId": "PO-1001",
        "timestamp": "2026-03-04T16:05:22Z",
        "status": "shipped",
        "trackingInfo": {
            "trackingCode": "00370730254790123456",
            "trackingUrl": "https://tracking.example.com/00370730254790123456",
            "carrier": "PostNord",
        },
    }


def test_the_guides_template_is_refused_with_line_and_column_for_two_fulfillments():
    payload = json.loads(sample_payload("order_shipped"))
    payload["items"][0]["fulfillments"] *= 2

    rendered = services.render_template(
        template=Template(format="json", body=factories.GUIDE), payload=json.dumps(payload)
    )

    assert not rendered.ok
    assert rendered.errors[0].line
    assert rendered.errors[0].column


def test_an_unknown_event_type_has_no_sample():
    with pytest.raises(ValueError, match="not a valid EventType"):
        sample_payload("../../settings")


def test_a_preview_of_an_email_renders_each_of_its_parts():
    template = Template(
        kind="email", format="", subject="Order {{ orderId }}", html="{{ orderId }}"
    )

    rendered = services.render_template(template=template, payload='{"orderId": "<1>"}')

    assert rendered.outputs == ("Order <1>", "&lt;1&gt;")
