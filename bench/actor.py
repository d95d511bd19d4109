"""What the bench does inside the product, each command in a process of its own.

python -m bench.actor COMMAND …      prints one JSON line
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
import time
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.contrib.auth import get_user_model  # noqa: E402
from django.db import connection  # noqa: E402 - after setup

from bench.actor_data import BODY, payload  # noqa: E402
from dispatcher import services as dispatcher  # noqa: E402
from dispatcher.engine.run import Pass  # noqa: E402
from dispatcher.models import ApiToken, Attempt, Delivery, Heartbeat  # noqa: E402
from postbacks import services  # noqa: E402
from postbacks.models import Customer, Template, Trigger  # noqa: E402
from postbacks.services import NewOrderEvent  # noqa: E402


def prepare(urls: list[str], *, retry: bool) -> dict[str, Any]:
    """A customer and a trigger for each URL; the customers are c0, c1 and so on."""
    template = services.save_template(
        template=Template(name="Bench", body=BODY, status=Template.Status.ACTIVE)
    )
    for number, url in enumerate(urls):
        customer = Customer(name=f"Customer {number}", reference_id=f"c{number}")
        services.save_customer(customer=customer)
        trigger = Trigger(
            name=f"Shipped {number}",
            customer=customer,
            event="order_shipped",
            url=url,
            template=template,
            status=Trigger.Status.ACTIVE,
            retry_on_failure=retry,
        )
        services.save_trigger(trigger=trigger)
    return {}


def emit(*, count: int, rate: float, customers: int, first: int = 0) -> dict[str, Any]:
    """Emit `count` events, one per call, at `rate` a second (0: as fast as possible)."""
    emitted: dict[str, tuple[float, int]] = {}
    payloads = [payload(first + number) for number in range(count)]
    started = time.time()
    cpu = _cpu()
    for number, text in enumerate(payloads):
        if rate:
            time.sleep(max(0.0, started + number / rate - time.time()))
        at = time.time()
        customer = number % customers
        item = NewOrderEvent(type="order_shipped", customer=f"c{customer}", payload=text)
        result = services.emit_order_event(item=item, emitter="user:1")
        emitted[str(result.deliveries[0].id)] = (at, customer)
    return {
        "started": started,
        "ended": time.time(),
        "cpu": _cpu() - cpu,
        "emitted": emitted if rate else {},
    }


def emit_batches(*, count: int) -> dict[str, Any]:
    """Emit `count` events, 500 per call."""
    for start in range(0, count, 500):
        items = [
            NewOrderEvent(type="order_shipped", customer="c0", payload=payload(number))
            for number in range(start, start + 500)
        ]
        services.emit_order_events(items=items, emitter="user:1")
    return {}


def make_token() -> dict[str, Any]:
    """An operator's token with every scope."""
    user = get_user_model().objects.create_superuser("bench")
    _, key = ApiToken.objects.create_key(
        name="bench", owner=user, scopes=["emit", "read", "configure"]
    )
    return {"token": key}


def hold() -> dict[str, Any]:
    for rule_id in Trigger.objects.values_list("rule_id", flat=True):
        dispatcher.pause_rule(rule_id, reason="bench")
    return {}


def release() -> dict[str, Any]:
    at = time.time()
    for rule_id in Trigger.objects.values_list("rule_id", flat=True):
        dispatcher.resume_rule(rule_id)
    return {"at": at}


def wait(*, count: int, seconds: float) -> dict[str, Any]:
    """Wait until so many deliveries have ended; when the last did, and how many of each state."""
    give_up = time.time() + seconds
    ended = Delivery.objects.exclude(state="pending")
    while ended.count() < count and time.time() < give_up:
        time.sleep(0.2)
    last = ended.order_by("-finished_at").values_list("finished_at", flat=True).first()
    states = {
        state: Delivery.objects.filter(state=state).count()
        for state in ("pending", "delivered", "failed", "canceled")
    }
    return {"last": last.timestamp() if last else 0, **states, "attempts": Attempt.objects.count()}


def planned() -> dict[str, Any]:
    """When the waiting delivery is due, and the process that ran a pass last."""
    workers = Heartbeat.objects.filter(passes__gt=0) | Heartbeat.objects.filter(is_busy=True)
    names = workers.order_by("-beat_at").values_list("name", flat=True)[:1]
    return {
        "due_at": Delivery.objects.get(state="pending").due_at.timestamp(),
        "workers": [int(name.rpartition(":")[2]) for name in names],
    }


def clear() -> dict[str, Any]:
    """Forget all events and what came of them."""
    tables = "attempt", "request", "delivery", "skip", "event"
    names = [f"dispatcher_{table}" for table in tables]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"TRUNCATE {', '.join(names)}")
        else:
            for name in names:
                cursor.execute(f"DELETE FROM {name}")
    return {}


def count_statements(*, count: int) -> dict[str, Any]:
    """SQL statements the engine needs for each delivery of a backlog, counted in this process."""
    emit_batches(count=count)
    counted = 0

    def counter(execute: Any, sql: str, params: Any, many: Any, context: Any) -> Any:
        nonlocal counted
        counted += not sql.startswith(("SAVEPOINT", "RELEASE", "BEGIN"))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(counter):
        recorded = Pass(linger=0.2).run().recorded
    return {"statements": counted, "deliveries": recorded}


def _cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("command")
    parser.add_argument("urls", nargs="*")
    parser.add_argument("--count", type=int, default=0)
    parser.add_argument("--rate", type=float, default=0)
    parser.add_argument("--customers", type=int, default=1)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--retry", action="store_true")
    options = parser.parse_args()
    count = options.count
    commands = {
        "prepare": lambda: prepare(options.urls, retry=options.retry),
        "emit": lambda: emit(
            count=count, rate=options.rate, customers=options.customers, first=options.first
        ),
        "emit-batches": lambda: emit_batches(count=count),
        "token": make_token,
        "hold": hold,
        "release": release,
        "wait": lambda: wait(count=count, seconds=options.seconds),
        "planned": planned,
        "clear": clear,
        "count-statements": lambda: count_statements(count=count),
    }
    sys.stdout.write(json.dumps(commands[options.command]()) + "\n")


if __name__ == "__main__":
    main()
