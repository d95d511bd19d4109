"""`system-events/` and `facts/`, as the contract has them (spec section 6)."""

from __future__ import annotations

import json

import notification_factories as make
import pytest
from api_client import Api, fields, problem

from dispatcher.models import Event
from notifications.documents import sample_payload
from notifications.events import EventType
from notifications.models import Order
from notifications.services import FactKind

ORDER = {"reference": "PO-1", "number": "1001"}
TRANSACTION = {"reference": "tx-1", "status": "approved", "amount": "49.90", "currency": "EUR"}
FACTS = {
    "contact-saved": {"contact": {"email": "ann@example.com"}},
    "transaction": {"order": ORDER, "transaction": TRANSACTION},
    "thank-you": {"order": ORDER},
    "refund": {"order": ORDER, "refund": {"reference": "re-1"}},
    "tracking": {"order": ORDER, "tracking": {"carrier": "DHL"}},
    "product-conflict": {"contact": {"reference": 7}, "product": {"name": "Course"}},
    "subscription-canceled": {"subscription": {"reference": "S-1"}},
    "survey-completed": {"survey": {"name": "NPS"}},
}


@pytest.mark.parametrize("event", EventType.values)
@pytest.mark.parametrize("source", ["admin", "shop", "funnel"])
def test_each_event_can_be_emitted_from_each_source(api, event, source):
    attached = make.attachment(event)
    body = {"type": event, "source": source, "payload": json.loads(sample_payload(event))}

    answer = api.post("system-events/", body)

    assert answer.status_code == 202
    document = answer.json()
    assert set(document) == {"id", "type", "duplicate", "deliveries", "skips"}
    assert document["type"] == event
    assert document["duplicate"] is False
    assert [one["rule"] for one in document["deliveries"]] == [attached.rule_id]
    stored = Event.objects.get(pk=document["id"])
    assert stored.source == source
    assert json.loads(stored.payload) == body["payload"]


def test_a_payload_is_passed_on_as_it_came(api):
    text = b'{"order":  {"reference": "PO-1", "total": 1.10, "big": 12345678901234567890}}'

    api.post("system-events/", b'{"type":"order_completed","source":"shop","payload":%s}' % text)

    assert Event.objects.get().payload == text.decode()


def test_a_repeated_key_is_a_duplicate_and_another_body_a_conflict(api):
    body = {"type": "survey_completed", "source": "shop", "payload": {"n": 1}, "id": "k-1"}

    first, second = api.post("system-events/", body), api.post("system-events/", body)

    assert second.json() == first.json() | {"duplicate": True}
    problem(api.post("system-events/", body | {"source": "admin"}), 409)
    problem(api.post("system-events/", body, idempotency_key="k-2"), 400)


WRONG = [
    ({"type": "order_complete"}, ["type"]),
    ({"source": "web"}, ["source"]),
    ({"payload": []}, ["payload"]),
    ({"subject": "order:1"}, ["subject"]),
    ({"occurred_at": "yesterday"}, ["occurred_at"]),
    ({"type": "backlog_growing"}, ["type"]),
]


@pytest.mark.parametrize(("changes", "wrong"), WRONG, ids=[str(c) for c, _ in WRONG])
def test_what_is_wrong_is_named(api, changes, wrong):
    body = {"type": "order_completed", "source": "shop", "payload": {}}

    assert fields(problem(api.post("system-events/", body | changes), 400)) == wrong


def test_one_bad_item_of_a_batch_does_not_sink_the_rest(api):
    good = {"type": "order_completed", "source": "funnel", "payload": {"order": ORDER}}

    answer = api.post("system-events/batch/", [good, {"type": "x"}, good, good | {"source": "y"}])

    assert answer.status_code == 202
    first, second, third, fourth = answer.json()
    assert (first["status"], second["status"], third["status"]) == (202, 400, 202)
    assert fourth["errors"][0]["field"] == "source"
    assert third["duplicate"]
    assert third["id"] == first["id"]


@pytest.mark.parametrize("kind", FactKind.values)
@pytest.mark.parametrize("source", ["admin", "shop", "funnel", "quote"])
def test_each_fact_is_answered_with_what_follows(api, kind, source):
    answer = api.post(f"facts/{kind}/", {"source": source, **FACTS[kind]})

    assert answer.status_code == 202
    document = answer.json()
    assert set(document) == {"duplicate", "events", "scheduled"}
    assert document["duplicate"] is False
    expects_one = kind != "thank-you" or source == "funnel"
    assert bool(document["events"]) is expects_one
    is_waiting = kind == "transaction" and source == "funnel"
    assert [one["type"] for one in document["scheduled"]] == ["order_completed"] * is_waiting


def test_a_facts_key_may_come_as_header_or_member(api):
    body = {"source": "shop", **FACTS["transaction"]}

    first = api.post("facts/transaction/", body, idempotency_key="k-1").json()
    second = api.post("facts/transaction/", body | {"id": "k-1"}).json()

    assert second["duplicate"]
    assert [one["id"] for one in second["events"]] == [one["id"] for one in first["events"]]
    other = body | {"order": {"reference": "PO-2"}}
    problem(api.post("facts/transaction/", other, idempotency_key="k-1"), 409)


WRONG_FACTS = [
    ("transaction", {"order": ORDER}, ["transaction"]),
    ("transaction", {"order": {}, "transaction": {"reference": "t"}},
     ["order.reference", "transaction.status"]),
    ("transaction", {"order": ORDER, "transaction": TRANSACTION | {"amount": "much"}},
     ["transaction.amount"]),
    ("transaction", {"order": "PO-1", "transaction": TRANSACTION}, ["order"]),
    ("thank-you", {"order": ORDER, "cart": {}}, ["cart"]),
    ("contact-saved", {"contact": {"name": "Ann"}}, ["contact"]),
    ("contact-saved", {"contact": {"email": 5}}, ["contact.email"]),
    ("refund", {"order": ORDER, "refund": {"reference": "r", "type": "gift"}}, ["refund.type"]),
    ("tracking", {"order": ORDER, "tracking": {}}, ["tracking"]),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "body", "wrong"), WRONG_FACTS)
def test_what_is_wrong_with_a_fact_is_named(api, kind, body, wrong):
    answer = api.post(f"facts/{kind}/", {"source": "shop", **body})

    assert sorted(fields(problem(answer, 400))) == sorted(wrong)
    assert not Order.objects.exists()


def test_the_source_may_be_left_out_once_the_order_is_known(api):
    body = FACTS["thank-you"]
    assert fields(problem(api.post("facts/thank-you/", body), 400)) == ["source"]

    api.post("facts/transaction/", {"source": "funnel", **FACTS["transaction"]})

    assert [one["type"] for one in api.post("facts/thank-you/", body).json()["events"]] == [
        "order_completed"
    ]


def test_events_can_be_listed_switched_and_sampled(api):
    api.patch("system-events/refund_applied/", {"is_on": False})
    emitted = api.post(
        "system-events/", {"type": "refund_applied", "source": "shop", "payload": {"n": 1}}
    ).json()

    rows = {row["type"]: row for row in api.get("system-events/").json()}
    assert list(rows)[:10] == EventType.values
    assert rows["refund_applied"]["is_on"] is False
    assert rows["refund_applied"]["last_fired_at"]
    assert rows["survey_completed"]["last_fired_at"] is None
    [sample] = api.get("system-events/refund_applied/samples/").json()
    assert sample["id"] == emitted["id"]
    assert sample["payload"] == {"n": 1}
    [documented] = api.get("system-events/survey_completed/samples/").json()
    assert documented["payload"] == json.loads(sample_payload("survey_completed"))
    problem(api.get("system-events/order_shipped/"), 404)


@pytest.mark.parametrize(
    ("scope", "path", "body"),
    [
        ("read", "system-events/", {"type": "x"}),
        ("configure", "facts/thank-you/", FACTS["thank-you"]),
        ("emit", "channels/", {"name": "x"}),
        ("read", "subscriptions/", {"event": "x"}),
    ],
)
def test_each_call_needs_its_scope(api, scope, path, body):
    problem(Api(scope).post(path, body), 403)
