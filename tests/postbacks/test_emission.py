from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone

import factories
import pytest

from dispatcher.models import Delivery, Event, Skip
from dispatcher.types import IdempotencyConflictError
from postbacks import services

pytestmark = pytest.mark.django_db

EMITTER = "user:1"


def emit(customer, *, emitter=EMITTER, **values):
    item = factories.order_event(customer, **values)
    return services.emit_order_event(item=item, emitter=emitter)


def stored(emitted):
    return Event.objects.get(pk=emitted.event_id)


def test_an_event_is_stored_with_its_delivery():
    trigger = factories.trigger()

    emitted = emit(trigger.customer)

    assert emitted.type == "order_shipped"
    assert emitted.is_duplicate is False
    assert stored(emitted).owner == trigger.customer.owner
    delivery = Delivery.objects.get(event_id=emitted.event_id)
    assert delivery.uid == emitted.deliveries[0].id
    assert delivery.rule_id == trigger.rule_id


def test_the_payload_is_stored_to_the_letter():
    text = '{ "b": 1.50,\n  "a": "caf\\u00e9 ☕", "b2": 1e3 }'

    emitted = emit(factories.customer(), payload=text)

    assert stored(emitted).payload == text


def test_a_skip_is_stored_with_its_reason():
    trigger = factories.trigger(status="draft")

    emitted = emit(trigger.customer)

    assert not emitted.deliveries
    assert Skip.objects.get(event_id=emitted.event_id).reason == "Trigger is a draft"


def test_an_inactive_customers_event_is_stored_and_skipped():
    trigger = factories.trigger()
    services.deactivate_customer(customer=trigger.customer)

    emitted = emit(trigger.customer)

    assert not emitted.deliveries
    assert [skip.reason for skip in emitted.skips] == ["Customer is inactive"]


@pytest.mark.parametrize(
    ("payload", "subject"),
    [
        ({"orderReferenceId": "PO-1", "orderId": "9"}, "order:PO-1"),
        ({"orderReferenceId": None, "orderId": "9"}, "order:9"),
        ({"orderReferenceId": " ", "orderId": 9}, "order:9"),
        ({"order": {"referenceId": "PO-2", "id": "x"}}, "order:PO-2"),
        ({"order": {"id": 77}}, "order:77"),
        ({"orderId": "9", "order": {"id": 77}}, "order:9"),
        ({"orderId": True}, ""),
        ({"order": "77"}, ""),
        ({}, ""),
    ],
    ids=["reference", "id", "number", "nested-reference", "nested-id", "flat-first", "boolean",
         "not-an-object", "none"],
)  # fmt: skip
def test_the_subject_defaults_to_the_order(payload, subject):
    emitted = emit(factories.customer(), payload=json.dumps(payload))

    assert stored(emitted).subject == subject


def test_a_given_subject_is_kept():
    assert stored(emit(factories.customer(), subject="order:mine")).subject == "order:mine"


def test_the_time_it_occurred_is_kept_in_utc():
    moment = datetime(2026, 3, 1, 10, 0, tzinfo=timezone(timedelta(hours=2)))

    emitted = emit(factories.customer(), occurred_at=moment)

    assert stored(emitted).occurred_at == datetime(2026, 3, 1, 8, 0, tzinfo=UTC)


# --- Refusals ----------------------------------------------------------------


def test_an_unknown_customer_is_named(refused):
    with refused(customer="No customer has the reference ID “nobody-9”"):
        emit("nobody-9")

    assert not Event.objects.exists()


@pytest.mark.parametrize(
    ("reference", "words"),
    [("", "Name the customer"), ("a\x00b", "“a?b”"), ("a\ud800b", "“a?b”"), ("x" * 5000, "xxx”")],
    ids=["empty", "nul", "half-a-character", "long"],
)
def test_an_odd_reference_is_an_unknown_customer(refused, reference, words):
    with refused(customer=words):
        emit(reference)


def test_everything_that_is_wrong_is_said_at_once(refused):
    with refused(
        type="order_lost",
        customer="nobody",
        id="printable",
        payload="not valid JSON",
        subject="subject",
    ):
        emit("nobody", type="order_lost", key="\n", payload="{", subject="x" * 300)

    assert not Event.objects.exists()


def test_an_unknown_type_is_refused_with_the_nearest(refused):
    with refused(type="Did you mean order_shipped?"):
        emit(factories.customer(), type="order_shiped")


def test_a_type_that_is_only_a_little_alike_is_refused_with_all_of_them(refused):
    with refused(type="Choose one of order_received"):
        emit(factories.customer(), type="order_lost")


def test_a_type_like_no_other_is_refused_with_all_of_them(refused):
    with refused(type="Choose one of order_received"):
        emit(factories.customer(), type="zzz")


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        ("", "is empty"),
        ("{", "line 1, column 2"),
        ("[]", "must be a JSON object"),
        ("null", "must be a JSON object"),
        ('{"a": NaN}', "NaN is not a JSON value"),
        ('{"a": "\x00"}', "not valid JSON"),
        ('{"a": "\ud800"}', "cannot be stored"),
        ('{"a": ' + "[" * 100 + "]" * 100 + "}", "more than 64 levels"),
        ('{"a": ' + "[" * 100_000 + "]" * 100_000 + "}", "more than 64 levels"),
        ('{"a": ' + "9" * 5000 + "}", "too many digits"),
        (json.dumps({"orderId": "x" * 300}), None),
        (json.dumps({"orderId": "a\x00b"}), "a NUL"),
        (json.dumps({"orderId": "a\ud800b"}), "half a character"),
    ],
    ids=["empty", "broken", "list", "null", "nan", "nul", "half-a-character", "deep", "very-deep",
         "huge-number", "long-subject", "nul-in-value", "half-a-character-in-value"],
)  # fmt: skip
def test_a_bad_payload_is_refused_by_field(refused, payload, words):
    with refused(**({"payload": words} if words else {"subject": "The subject"})):
        emit(factories.customer(), payload=payload)


def test_what_is_just_not_too_deep_is_taken():
    emitted = emit(factories.customer(), payload='{"a": ' + "[" * 63 + "]" * 63 + "}", key="k")

    assert emitted.event_id


@pytest.mark.parametrize("key", ["k" * 256, "a\x00b", "a\nb"], ids=["long", "nul", "line-break"])
def test_a_bad_key_is_refused(refused, key):
    with refused(id="printable text"):
        emit(factories.customer(), key=key)


@pytest.mark.parametrize(
    "moment",
    [datetime(2026, 3, 1), datetime.max.replace(tzinfo=timezone(timedelta(hours=-3)))],  # noqa: DTZ001
    ids=["without-zone", "outside-the-calendar"],
)
def test_a_bad_time_is_refused(refused, moment):
    with refused(occurred_at="time"):
        emit(factories.customer(), occurred_at=moment)


# --- Idempotency -------------------------------------------------------------


def test_the_same_key_and_body_is_one_event_and_the_same_answer():
    trigger = factories.trigger()
    first = emit(trigger.customer, key="k-1")

    second = emit(trigger.customer, key="k-1")

    assert second.is_duplicate is True
    assert second.event_id == first.event_id
    assert [one.id for one in second.deliveries] == [one.id for one in first.deliveries]
    assert Delivery.objects.count() == 1


def test_spaces_and_the_order_of_keys_make_no_other_body():
    customer = factories.customer()
    emit(customer, key="k", payload='{"orderId": "1", "a": 2}')

    assert emit(customer, key="k", payload='{"a":2,"orderId":"1"}').is_duplicate


@pytest.mark.parametrize(
    "change",
    [
        {"payload": '{"orderId": "A-1", "more": 1}'},
        {"type": "order_failed"},
        {"subject": "order:other"},
        {"occurred_at": datetime(2026, 1, 1, tzinfo=UTC)},
    ],
    ids=["payload", "type", "subject", "time"],
)
def test_the_same_key_with_another_body_is_a_conflict(change):
    customer = factories.customer()
    emit(customer, key="k-1")

    with pytest.raises(IdempotencyConflictError):
        emit(customer, key="k-1", **change)

    assert Event.objects.count() == 1


def test_the_same_key_for_another_customer_is_a_conflict():
    emit(factories.customer(), key="k-1")

    with pytest.raises(IdempotencyConflictError):
        emit(factories.customer(), key="k-1")


def test_another_emitter_has_keys_of_its_own():
    customer = factories.customer()
    first = emit(customer, key="k-1")

    second = emit(customer, key="k-1", emitter="user:2")

    assert second.event_id != first.event_id


def test_without_a_key_every_event_is_new():
    customer = factories.customer()

    assert emit(customer).event_id != emit(customer).event_id
