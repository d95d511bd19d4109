"""Several worker processes at once, as they run in earnest, on the test's database."""

import json
import os
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import factories
import pytest
from django.db import connection
from engine_fixtures import receiver, receiver_process  # noqa: F401

from dispatcher.models import Route
from postbacks.services import NewOrderEvent, emit_order_event

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def workers(transactional_db):
    """Start `manage.py dispatch` so many times; they end with the test."""
    started = []

    def start(count):
        environment = os.environ | {
            "DATABASE_URL": _url(),
            "SECRET_KEY": "tests-only-" + "0123456789" * 5,
            "ALLOWED_NETWORKS": "127.0.0.0/8",
        }
        for _ in range(count):
            command = [sys.executable, "manage.py", "dispatch"]
            started.append(
                subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
            )

    yield start
    for process in started:
        process.terminate()
    for process in started:
        process.wait(30)


def _url():
    database = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{database['NAME']}"
    user, host = database["USER"] or "postgres", database["HOST"] or "127.0.0.1"
    login = f"{user}:{database['PASSWORD']}" if database["PASSWORD"] else user
    return f"postgres://{login}@{host}:{database['PORT'] or 5432}/{database['NAME']}"


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
