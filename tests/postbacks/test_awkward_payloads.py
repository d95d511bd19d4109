"""Payloads whose names and values a lesser engine trips over, from the API to the receiver."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET

import factories
import pytest
from api_client import Api

PAYLOAD = """{
  "orderId": "o-1", "orderReferenceId": "PO-1",
  "package": {"items": [{"sku": "a"}, {"sku": "b"}], "keys": "K", "values": [1, 2], "get": "G"},
  "shipment": null, "paid": true, "gift": false, "note": null,
  "big": 12345678901234567890123, "exact": 9007199254740993, "decimal": 0.10000000000000000555,
  "price": 10.50, "metadata": {"cost-center": "4-2", "items": {"a-b": 7}}
}"""

JSON_BODY = """{
  "skus": [{% for item in package.items %}"{{ item.sku }}"{{ "," if not loop.last }}{% endfor %}],
  "keys": "{{ package.keys }}", "values": {{ package.values | tojson }}, "get": "{{ package.get }}",
  "carrier": "{{ shipment.method.carrier }}", "note": "{{ note }}", "null": {{ note | tojson }},
  "paid": {{ paid }}, "gift": "{{ gift }}", "typed": {{ gift | tojson }},
  "big": {{ big }}, "exact": {{ exact | tojson }}, "text": "{{ big }}",
  "decimal": {{ decimal }}, "same": {{ decimal | tojson }}, "price": {{ price }},
  "center": "{{ metadata["cost-center"] }}", "deep": {{ metadata.items["a-b"] }},
  "all": {{ metadata | tojson }}
}"""

XML_BODY = """<order>{% for item in package.items %}<sku>{{ item.sku }}</sku>{% endfor %}
<keys>{{ package.keys }}</keys><get>{{ package.get }}</get>
<carrier>{{ shipment.method.carrier }}</carrier><note>{{ note }}</note>
<paid>{{ paid }}</paid><gift>{{ gift }}</gift><big>{{ big }}</big><exact>{{ exact }}</exact>
<decimal>{{ decimal }}</decimal><price>{{ price }}</price>
<center>{{ metadata["cost-center"] }}</center><deep>{{ metadata.items["a-b"] }}</deep></order>"""


@pytest.fixture
def sent(db, receiver, run_pass):
    """What arrives of the payload by a template, emitted over the API."""

    def send(body, kind):
        template = factories.template(body=body, format=kind)
        trigger = factories.trigger(template=template, format=kind, url=f"{receiver.url}/ok")
        reference = json.dumps(trigger.customer.reference_id)
        event = f'{{"type": "order_shipped", "customer": {reference}, "payload": {PAYLOAD}}}'
        assert Api().post("order-events/", event.encode()).status_code == 202
        run_pass()
        [request] = receiver.ledger()
        return request["body"]

    return send


def test_json_has_the_payloads_own_values_and_every_digit(sent):
    text = sent(JSON_BODY, "json")

    document = json.loads(text, parse_float=str)
    assert document["skus"] == ["a", "b"]
    assert (document["keys"], document["values"], document["get"]) == ("K", [1, 2], "G")
    assert (document["carrier"], document["note"], document["null"]) == ("", "", None)
    assert (document["paid"], document["gift"], document["typed"]) == (True, "false", False)
    assert document["big"] == 12345678901234567890123
    assert document["text"] == "12345678901234567890123"
    assert document["exact"] == 9007199254740993
    assert document["decimal"] == document["same"] == "0.10000000000000000555"
    assert document["price"] == "10.50"
    assert (document["center"], document["deep"]) == ("4-2", 7)
    assert document["all"] == {"cost-center": "4-2", "items": {"a-b": 7}}


def test_xml_has_the_payloads_own_values_and_every_digit(sent):
    root = ET.fromstring(sent(XML_BODY, "xml"))

    found = {element.tag: element.text or "" for element in root}
    assert [element.text for element in root.findall("sku")] == ["a", "b"]
    assert found == {
        "sku": "b", "keys": "K", "get": "G", "carrier": "", "note": "", "paid": "true",
        "gift": "false", "big": "12345678901234567890123", "exact": "9007199254740993",
        "decimal": "0.10000000000000000555", "price": "10.50", "center": "4-2", "deep": "7",
    }  # fmt: skip


def test_a_miss_of_a_lookup_is_answered_with_table_and_key(db):
    factories.lookup_table({"1": "DHL"}, field="carrier")
    loose, strict = (
        f'{{"c": "{{{{ lookups({{"carrier": code}}, strict={flag}, default="?") }}}}"}}'
        for flag in ("False", "True")
    )
    api = Api()

    missed = api.post("templates/render/", {"body": loose, "payload": {"code": "9"}}).json()
    failed = api.post("templates/render/", {"body": strict, "payload": {"code": "9"}}).json()

    assert (missed["output"], missed["errors"]) == ('{"c": "?"}', [])
    assert "carrier" in missed["warnings"][0]["message"]
    assert "9" in missed["warnings"][0]["message"]
    assert failed["errors"][0]["line"] == 1
    assert "carrier" in failed["errors"][0]["message"]
