"""Facts are idempotent by key; what may be told once is told once, whichever way it comes."""

from __future__ import annotations

import notification_factories as make
import pytest

from dispatcher.models import Event
from dispatcher.types import IdempotencyConflictError
from notifications.events import EventType
from notifications.models import Contact, Order, Transaction
from notifications.services import completion, emit_system_events
from notifications.services.emission import NewSystemEvent

ANN = {"reference": "C-1", "email": "ann@example.com"}

pytestmark = pytest.mark.django_db


def test_the_same_key_and_body_again_is_the_same_answer():
    first = make.purchase(source="funnel", key="k-1")
    second = make.purchase(source="funnel", key="k-1")

    assert second.is_duplicate
    assert not first.is_duplicate
    assert [one.event_id for one in second.events] == [one.event_id for one in first.events]
    assert second.scheduled == first.scheduled
    assert Event.objects.count() == 1


def test_the_same_key_with_another_body_is_a_conflict():
    make.purchase(source="shop", key="k-1")

    with pytest.raises(IdempotencyConflictError):
        make.purchase("tx-2", source="shop", key="k-1")

    assert Transaction.objects.count() == 1


def test_keys_belong_to_who_uses_them_and_to_one_kind_of_fact():
    make.purchase(source="shop", key="k-1")
    make.report("thank-you", order="PO-1", key="k-1")
    other = make.purchase("tx-2", source="shop", key="k-1", emitter="user:2")

    assert not other.is_duplicate


def test_a_refused_fact_leaves_nothing_and_its_key_free(refused):
    with refused(transaction__status="missing"):
        make.report("transaction", source="shop", key="k-1", order="PO-1", transaction="tx-1")
    assert not Order.objects.exists()

    assert not make.purchase(source="shop", key="k-1").is_duplicate


def test_without_a_key_the_transactions_own_reference_tells_it_is_known():
    first = make.purchase(source="shop", status="declined")
    second = make.purchase(source="shop", status="declined")

    assert second.events[0].is_duplicate
    assert second.events[0].event_id == first.events[0].event_id
    assert make.told() == ["transaction_declined"]


def test_order_completed_emitted_directly_is_told_once():
    first = make.emit(EventType.ORDER_COMPLETED, source="funnel")
    second = make.emit(EventType.ORDER_COMPLETED, source="shop", payload={
        "order": {"reference": "PO-1", "number": "1001"}, "more": True,
    })  # fmt: skip

    assert second.is_duplicate
    assert second.event_id == first.event_id
    assert make.told() == ["order_completed"]
    assert Order.objects.get().number == "1001"


def test_order_completed_directly_ends_the_wait_for_the_thank_you_page():
    make.purchase(source="funnel")
    make.emit(EventType.ORDER_COMPLETED, source="funnel")

    make.report("thank-you", order="PO-1")

    assert completion.next_due() is None
    assert make.told().count("order_completed") == 1


def test_order_completed_by_facts_and_then_directly_is_a_duplicate():
    make.purchase(source="shop")

    again = make.emit(EventType.ORDER_COMPLETED)

    assert again.is_duplicate
    assert again.type == "order_completed"
    assert make.told().count("order_completed") == 1


def test_customer_created_is_told_once_whichever_way_it_comes():
    direct = make.emit(EventType.CUSTOMER_CREATED, {"contact": ANN})
    make.purchase(source="shop", contact="ANN@example.com")
    again = make.emit(EventType.CUSTOMER_CREATED, {"contact": {"reference": "C-1"}})

    assert again.event_id == direct.event_id
    assert make.told().count("customer_created") == 1
    assert Contact.objects.get().customer_event == direct.event_id


def test_other_events_may_come_any_number_of_times():
    for _ in range(2):
        make.emit(EventType.CONTACT_CREATED, {"contact": ANN})
        make.emit(EventType.SURVEY_COMPLETED, {"contact": ANN})

    assert len(make.told()) == 4


def test_a_key_of_a_second_telling_is_kept_too():
    first = make.emit(EventType.ORDER_COMPLETED, key="a")
    assert make.emit(EventType.ORDER_COMPLETED, key="b").event_id == first.event_id

    assert make.emit(EventType.ORDER_COMPLETED, key="b").event_id == first.event_id
    with pytest.raises(IdempotencyConflictError):
        make.emit(EventType.ORDER_COMPLETED, {"order": {"reference": "PO-2"}}, key="b")


def test_a_key_with_another_body_is_a_conflict_even_for_a_completed_order():
    make.emit(EventType.ORDER_COMPLETED, key="a")

    with pytest.raises(IdempotencyConflictError):
        make.emit(EventType.ORDER_COMPLETED, {"order": {"reference": "PO-1"}, "n": 2}, key="a")
    with pytest.raises(IdempotencyConflictError):
        make.emit(EventType.CONTACT_CREATED, {"order": {"reference": "PO-1"}}, key="a")


def test_without_an_order_or_contact_nothing_can_be_known_again():
    make.emit(EventType.ORDER_COMPLETED, {"total": 1})
    make.emit(EventType.ORDER_COMPLETED, {"total": 1})

    assert make.told() == ["order_completed"] * 2


def batch(*items):
    made = [
        NewSystemEvent(type=event, source="shop", payload=payload, key=key)
        for event, payload, key in items
    ]
    return emit_system_events(items=made, emitter=make.EMITTER)


def test_within_one_batch_the_first_telling_counts():
    one, two = '{"order": {"reference": "PO-1"}}', '{"order": {"reference": "PO-1"}, "n": 2}'

    results = batch(
        ("order_completed", one, "a"),
        ("order_completed", two, None),
        ("order_completed", one, "a"),
        ("order_completed", two, "a"),
        ("order_complete", one, None),
        ("transaction_approved", one, None),
    )

    first, second, third, fourth, fifth, sixth = results
    assert not first.is_duplicate
    assert second.is_duplicate
    assert second.event_id == third.event_id == first.event_id
    assert isinstance(fourth, IdempotencyConflictError)
    assert "Did you mean order_completed?" in str(fifth)
    assert sixth.type == "transaction_approved"
    assert sorted(make.told()) == ["order_completed", "transaction_approved"]


def test_a_transaction_told_directly_is_not_told_again_by_its_fact():
    payload = {
        "order": {"reference": "PO-1"},
        "transaction": {"reference": "tx-1", "status": "approved", "amount": "49.90"},
    }
    make.emit(EventType.TRANSACTION_APPROVED, payload)

    make.purchase("tx-1", source="shop")

    assert make.told().count("transaction_approved") == 1
    assert make.told().count("order_completed") == 1


def test_what_is_a_conflict_changes_no_order():
    make.emit(EventType.SURVEY_COMPLETED, {"n": 1}, key="a")

    with pytest.raises(IdempotencyConflictError):
        make.emit(EventType.SURVEY_COMPLETED, {"order": {"reference": "PO-9"}}, key="a")

    assert not Order.objects.exists()
