"""Several worker processes at once, as they run in earnest, on the test's database."""

import json
from collections import defaultdict

import factories
from engine_fixtures import receiver, receiver_process  # noqa: F401
from worker_fixtures import workers  # noqa: F401

from dispatcher.models import Route
from postbacks.services import NewOrderEvent, emit_order_event


def test_in_order_the_next_of_an_order_never_comes_before_the_one_before_has_ended(
    receiver,
    workers,
):
    trigger = factories.trigger(
        url=f"{receiver.url}/flaky/1",
        template=factories.template(body='{"order": "{{ orderId }}", "step": {{ step }}}'),
        is_ordered=True,
    )
    Route.objects.update(retry_policy={"delays": [0.5]})
    for step in range(3):
        for order in range(5):
            emit_order_event(
                item=NewOrderEvent(
                    type="order_shipped",
                    customer=trigger.customer.reference_id,
                    payload=json.dumps({"orderId": f"PO-{order}", "step": step}),
                ),
                emitter="user:1",
            )
    workers(3)

    ledger = receiver.wait_for(30, seconds=60)

    steps = defaultdict(list)
    for request in ledger:
        body = json.loads(request["body"])
        steps[body["order"]].append((body["step"], request["status"]))
    expected = [(step, status) for step in range(3) for status in (503, 200)]
    assert dict(steps) == {f"PO-{order}": expected for order in range(5)}
