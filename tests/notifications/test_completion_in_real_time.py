"""The funnel's wait as it runs in earnest: real clock, real workers, and one that is killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import notification_factories as make
import pytest
from django.db import connection

from dispatcher.models import Event, Heartbeat
from notifications.events import EventType
from notifications.models import Order

ROOT = Path(__file__).resolve().parents[2]
WAIT = 3.0
ORDERS = 30


@pytest.fixture
def worker(transactional_db):
    """Start a worker process; all of them end with the test."""
    started = []

    def start():
        environment = os.environ | {
            "DATABASE_URL": database_url(),
            "SECRET_KEY": "tests-only-" + "0123456789" * 5,
            "ALLOWED_NETWORKS": "127.0.0.0/8",
            "LEASE_SECONDS": "3",
        }
        command = [sys.executable, "manage.py", "dispatch"]
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
        started.append(process)
        return process

    yield start
    for process in started:
        process.terminate()
    for process in started:
        process.wait(30)


def database_url():
    database = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{database['NAME']}"
    user, host = database["USER"] or "postgres", database["HOST"] or "127.0.0.1"
    login = f"{user}:{database['PASSWORD']}" if database["PASSWORD"] else user
    return f"postgres://{login}@{host}:{database['PORT'] or 5432}/{database['NAME']}"


def test_a_worker_killed_while_orders_become_due_completes_each_once(receiver, worker, settings):
    settings.NOTIFICATIONS_FUNNEL_WAIT = WAIT
    make.attachment(EventType.ORDER_COMPLETED, config={"url": f"{receiver.url}/ok"})
    first = worker()
    wait_until(Heartbeat.objects.exists)
    for number in range(ORDERS):
        make.purchase(f"tx-{number}", order=f"PO-{number}", source="funnel")
    assert receiver.count().requests == 0

    wait_until(Order.objects.filter(completed_at__isnull=False).exists)
    first.send_signal(signal.SIGKILL)  # in the middle of it
    first.wait(10)
    worker()

    wait_until(lambda: len(_told(receiver)) == ORDERS)
    told = _told(receiver)
    assert set(told) == {f"PO-{number}" for number in range(ORDERS)}
    assert all(len(ids) == 1 for ids in told.values())  # sent twice at most as the same message
    events = Counter(Event.objects.values_list("type", flat=True))
    assert events == {"transaction_approved": ORDERS, "order_completed": ORDERS}
    waits = [
        (order.completed_at - order.first_purchase_at).total_seconds()
        for order in Order.objects.all()
    ]
    assert min(waits) == max(waits) == WAIT


def wait_until(condition, *, seconds=90):
    give_up_at = time.monotonic() + seconds
    while not condition() and time.monotonic() < give_up_at:
        time.sleep(0.05)


def _told(receiver):
    """The webhook-ids that arrived, by order."""
    told = {}
    for request in receiver.ledger():
        headers = {name.lower(): value for name, value in request["headers"].items()}
        reference = json.loads(request["body"])["order"]["reference"]
        told.setdefault(reference, set()).add(headers["webhook-id"])
    return told


def test_when_everything_was_down_it_is_told_once_as_soon_as_a_worker_is_back(
    receiver, worker, settings
):
    settings.NOTIFICATIONS_FUNNEL_WAIT = 1.0
    make.attachment(EventType.ORDER_COMPLETED, config={"url": f"{receiver.url}/ok"})
    first = worker()
    make.purchase(source="funnel")
    first.send_signal(signal.SIGKILL)
    first.wait(10)
    time.sleep(1.5)
    assert receiver.count().requests == 0
    connection.close()

    worker()

    [request] = receiver.wait_for(1, seconds=60)
    time.sleep(2)
    assert receiver.count().requests == 1
    assert json.loads(request["body"])["event"] == "order_completed"
