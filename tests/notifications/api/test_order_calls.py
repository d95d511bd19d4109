"""`orders/` over the API: the timeline, retrying, and the filters."""

from __future__ import annotations

import factories
import notification_factories as make
import pytest
from api_client import fields, problem

from postbacks.services import NewOrderEvent, emit_order_event


def postback_of_a_customer(receiver):
    trigger = factories.trigger(url=f"{receiver.url}/ok")
    emit_order_event(
        item=NewOrderEvent(
            type="order_shipped",
            customer=trigger.customer.reference_id,
            payload='{"orderId": "9", "orderReferenceId": "PO-1"}',
        ),
        emitter="user:1",
    )
    return trigger


def test_an_orders_timeline_holds_notifications_and_customers_postbacks(api, receiver, run_pass):
    bad = make.attachment("transaction_approved", config={"url": f"{receiver.url}/status/400"})
    make.attachment("order_completed", config={"url": f"{receiver.url}/ok"}, sources=["admin"])
    make.purchase(source="shop", contact="ann@example.com")
    trigger = postback_of_a_customer(receiver)
    run_pass()

    [row] = api.get("orders/", {"email": "ANN@example.com"}).json()["results"]
    document = api.get(f"orders/{row['id']}/").json()

    assert row["notifications"] == {"failed": 1}
    timeline = {one["type"]: one for one in document["timeline"]}
    assert set(timeline) == {
        "transaction_approved", "customer_created", "order_completed", "order_shipped",
    }  # fmt: skip
    [sent] = timeline["transaction_approved"]["deliveries"]
    assert sent["rule"] == bad.rule_id
    assert sent["state"] == "failed"
    assert sent["attempts_made"] == 1
    assert sent["can_be_retried"]
    assert "Source filtered out" in timeline["order_completed"]["skips"][0]["reason"]
    [postback] = timeline["order_shipped"]["deliveries"]
    assert postback["rule_name"] == trigger.name
    assert not postback["can_be_retried"]
    [transaction] = document["transactions"]
    assert transaction["amount"] == "49.9"


RETRIED = {
    "order_completed": 1, "transaction_approved": 1, "transaction_declined": 1,
    "refund_applied": 1, "tracking_updated": 0, "survey_completed": 0,
}  # fmt: skip


@pytest.mark.parametrize(("event", "count"), RETRIED.items())
def test_failed_ones_of_four_events_can_be_retried(api, receiver, run_pass, event, count):
    make.attachment(event, config={"url": f"{receiver.url}/status/400"})
    make.emit(event)
    run_pass()
    [row] = api.get("orders/", {"state": "failed"}).json()["results"]

    first = api.post(f"orders/{row['id']}/retry/")
    second = api.post(f"orders/{row['id']}/retry/")

    assert first.json() == {"taken": count}
    assert second.json() == {"taken": 0}
    assert len(api.get("orders/", {"state": "pending"}).json()["results"]) == count


def test_waiting_orders_are_visible(api):
    make.purchase(source="funnel")
    make.purchase("tx-2", order="PO-2", source="shop")

    [row] = api.get("orders/", {"is_waiting": "true"}).json()["results"]

    assert row["reference"] == "PO-1"
    assert row["completes_at"]
    assert row["completed_at"] is None


BAD_FILTERS = [
    {"state": "lost"},
    {"source": "web"},
    {"colour": "red"},
    {"is_waiting": "maybe"},
    {"created_after": "today"},
]


@pytest.mark.parametrize("query", BAD_FILTERS)
def test_unknown_filters_are_refused(api, query):
    assert fields(problem(api.get("orders/", query), 400)) == list(query)
