from __future__ import annotations

import json
import threading

import factories
import pytest
from api_client import Api, developer, fields, problem
from django.db import connection, connections

from dispatcher.models import Delivery, Event

LIMIT = 1024 * 1024


@pytest.fixture
def trigger(db):
    return factories.trigger(customer=factories.customer(reference_id="studio-nord"))


@pytest.fixture
def body(trigger):
    return {
        "type": "order_shipped",
        "customer": "studio-nord",
        "payload": {"orderReferenceId": "PO-1"},
    }


def test_an_order_event_is_answered_with_what_it_causes(api, trigger, body):
    draft = factories.trigger(customer=trigger.customer, status="draft")

    response = api.post("order-events/", body)

    event = Event.objects.get()
    delivery = Delivery.objects.get()
    assert response.status_code == 202
    assert response.json() == {
        "id": str(event.pk),
        "type": "order_shipped",
        "duplicate": False,
        "deliveries": [{"id": str(delivery.uid), "rule": trigger.rule_id, "state": "pending"}],
        "skips": [{"rule": draft.rule_id, "reason": "Trigger is a draft"}],
    }
    assert (event.subject, event.owner) == ("order:PO-1", trigger.customer.owner)


def test_the_payload_is_kept_as_its_text(api, trigger):
    payload = '{ "price": 1.10, "id": 9007199254740993, "name": "\\u00e9\\/" }'
    text = f'{{"type": "order_shipped", "customer": "studio-nord", "payload": {payload}}}'

    api.post("order-events/", text.encode())
    api.post("order-events/batch/", f"[{text}]".encode())

    assert {event.payload for event in Event.objects.all()} == {payload}


@pytest.mark.parametrize("how", ["header", "body", "both"])
def test_the_same_key_and_body_again_is_the_same_answer(api, body, how):
    headers = {} if how == "body" else {"Idempotency_Key": "k-1"}
    keyed = body if how == "header" else body | {"id": "k-1"}
    first = api.post("order-events/", keyed, **headers).json()

    second = api.post("order-events/", keyed, **headers)

    assert second.status_code == 202
    assert second.json() == first | {"duplicate": True}
    assert Event.objects.count() == 1


def test_the_same_key_with_another_body_is_a_conflict(api, body):
    api.post("order-events/", body | {"id": "k-1"})

    response = api.post("order-events/", body | {"id": "k-1", "type": "order_failed"})

    assert fields(problem(response, 409)) == ["id"]


def test_two_different_keys_are_refused(api, body):
    response = api.post("order-events/", body | {"id": "k-1"}, Idempotency_Key="k-2")

    assert fields(problem(response, 400)) == ["id"]


def test_a_new_token_of_the_same_owner_keeps_the_keys(body):
    owner = developer()
    Api(owner=owner).post("order-events/", body | {"id": "k-1"})

    assert Api(owner=owner).post("order-events/", body | {"id": "k-1"}).json()["duplicate"]
    assert not Api().post("order-events/", body | {"id": "k-1"}).json()["duplicate"]


def test_an_event_takes_few_statements(api, body, django_assert_max_num_queries):
    # Token, customer, triggers, event and deliveries; the test's own transaction adds a savepoint.
    with django_assert_max_num_queries(5 + 2):
        api.post("order-events/", body)


def test_a_batch_takes_as_many_statements_as_one(api, body, django_assert_max_num_queries):
    with django_assert_max_num_queries(5 + 2):
        response = api.post("order-events/batch/", [body] * 200)

    assert [one["status"] for one in response.json()] == [202] * 200


def test_one_bad_item_does_not_sink_the_rest(api, body):
    items = [body, body | {"customer": "nobody"}, 5, {"type": "order_shipped"}, body]

    response = api.post("order-events/batch/", items)

    assert response.status_code == 202
    assert [one["status"] for one in response.json()] == [202, 400, 400, 400, 202]
    assert fields(response.json()[3]) == ["customer", "payload"]
    assert Event.objects.count() == 2


@pytest.mark.parametrize(
    "bad",
    [r'{"a": "\u0000"}', r'{"a": "\ud800"}', '{"n": 1e999}', '{"n": NaN}', '{"a": 1, "a": 2}'],
    ids=["nul", "half-a-character", "too-large", "nan", "name-twice"],
)
def test_an_item_that_cannot_be_stored_does_not_sink_the_rest(api, body, bad):
    good = json.dumps(body)

    response = api.post("order-events/batch/", f'[{good}, {{"payload": {bad}}}, {good}]'.encode())

    assert response.status_code == 202
    assert [one["status"] for one in response.json()] == [202, 400, 202]
    assert fields(response.json()[1])[0].startswith("payload")
    assert Event.objects.count() == 2


def test_the_same_key_twice_in_one_batch_is_one_event(api, body):
    same, other = body | {"id": "k"}, body | {"id": "k", "type": "order_failed"}

    first, second, third = api.post("order-events/batch/", [same, same, other]).json()

    assert (first["duplicate"], second["duplicate"]) == (False, True)
    assert second["id"] == first["id"]
    assert third["status"] == 409


@pytest.mark.parametrize(
    ("items", "status"), [([], 202), ([{}] * 1000, 202), ([{}] * 1001, 400), ({}, 400)],
    ids=["none", "1000", "1001", "no-list"],
)  # fmt: skip
def test_a_batch_has_a_limit(api, items, status):
    assert api.post("order-events/batch/", items).status_code == status


def test_a_batch_has_no_key_of_its_own(api, body):
    response = api.post("order-events/batch/", [body], Idempotency_Key="k")

    assert fields(problem(response, 400)) == ["Idempotency-Key"]


GOOD = {"type": "order_shipped", "customer": "studio-nord", "payload": {}}


def without(name):
    return {key: value for key, value in GOOD.items() if key != name}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        pytest.param({"type": "order_eaten"}, "type", id="unknown-type"),
        pytest.param({"type": 5}, "type", id="type-a-number"),
        pytest.param({"type": None}, "type", id="type-null"),
        pytest.param({"customer": "nobody"}, "customer", id="unknown-customer"),
        pytest.param({"customer": ""}, "customer", id="customer-empty"),
        pytest.param({"customer": ["studio-nord"]}, "customer", id="customer-a-list"),
        pytest.param({"customer": "a\x00"}, "customer", id="customer-with-nul"),
        pytest.param({"customer": "\ud800"}, "customer", id="customer-half-a-character"),
        pytest.param({"payload": []}, "payload", id="payload-a-list"),
        pytest.param({"payload": "{}"}, "payload", id="payload-a-text"),
        pytest.param({"payload": None}, "payload", id="payload-null"),
        pytest.param({"payload": {"a": "\x00"}}, "payload.a", id="payload-with-nul"),
        pytest.param({"payload": {"a": ["\udc00"]}}, "payload.a[0]", id="half-a-character"),
        pytest.param({"payload": {"orderId": "a\nb"}}, "subject", id="subject-from-payload"),
        pytest.param({"payload": {"orderId": "x" * 300}}, "subject", id="subject-too-long"),
        pytest.param({"id": ""}, "id", id="key-empty"),
        pytest.param({"id": "x" * 256}, "id", id="key-too-long"),
        pytest.param({"id": "a\nb"}, "id", id="key-with-line-break"),
        pytest.param({"id": 7}, "id", id="key-a-number"),
        pytest.param({"occurred_at": "yesterday"}, "occurred_at", id="no-time"),
        pytest.param({"occurred_at": 5}, "occurred_at", id="time-a-number"),
        pytest.param({"occurred_at": "2026-03-01T09:30:00"}, "occurred_at", id="time-of-no-zone"),
        pytest.param({"occurred_at": "2026-02-31T09:30:00Z"}, "occurred_at", id="no-such-day"),
        pytest.param({"occurred_at": "0001-01-01T00:00:00+14:00"}, "occurred_at", id="too-early"),
        pytest.param({"subject": "x" * 256}, "subject", id="subject-given-too-long"),
        pytest.param({"subject": {}}, "subject", id="subject-an-object"),
        pytest.param({"costumer": "x"}, "costumer", id="misspelt"),
    ],
)
@pytest.mark.parametrize("call", ["single", "batch"])
def test_bad_input_is_refused_by_name(api, trigger, change, field, call):
    body = GOOD | change

    if call == "single":
        document = problem(api.post("order-events/", body), 400)
    else:
        response = api.post("order-events/batch/", [body])
        document = response.json()[0] if response.status_code == 202 else problem(response, 400)

    assert document["status"] == 400
    assert [name.removeprefix("[0].") for name in fields(document)] == [field]
    assert not Event.objects.exists()


@pytest.mark.parametrize("name", sorted(GOOD))
def test_a_missing_field_is_named(api, trigger, name):
    assert fields(problem(api.post("order-events/", without(name)), 400)) == [name]


def test_a_misspelt_field_is_told_the_right_one(api, trigger):
    document = problem(api.post("order-events/", GOOD | {"occured_at": None}), 400)

    assert "Did you mean occurred_at?" in document["errors"][0]["message"]


def test_a_field_like_no_other_is_told_all_of_them(api, trigger):
    document = problem(api.post("order-events/", GOOD | {"client": "x"}), 400)

    assert "Fields are customer, id" in document["errors"][0]["message"]


def test_type_and_customer_are_refused_together(api, trigger):
    body = {"type": "order_lost", "customer": "nobody", "payload": {}}

    document = problem(api.post("order-events/", body), 400)

    assert fields(document) == ["type", "customer"]


def test_no_refusal_repeats_a_payload(api, trigger):
    document = problem(api.post("order-events/", GOOD | {"payload": ["top-secret"]}), 400)

    assert "top-secret" not in json.dumps(document)


@pytest.mark.parametrize("key", ["x" * 256, " ", "a\tb", "\xe9"], ids=["long", "blank", "tab", "é"])
def test_a_key_header_that_cannot_be_kept_is_refused(api, trigger, key):
    response = api.post("order-events/", GOOD, Idempotency_Key=key)

    assert response.status_code == 400 or key == " "


@pytest.mark.django_db(transaction=True)
def test_the_same_key_from_twenty_threads_at_once_is_one_event(body):
    api = Api()
    gate = threading.Barrier(20)
    answers = []

    def emit():
        caller = Api(token=api.token)
        gate.wait()
        try:
            answers.append(caller.post("order-events/", body | {"id": "one"}))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=emit) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [answer.status_code for answer in answers] == [202] * 20
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert sorted(answer.json()["duplicate"] for answer in answers) == [False] + [True] * 19
    assert (Event.objects.count(), Delivery.objects.count()) == (1, 1)
    connection.close()
