"""How late a retry starts on an idle system, also when the worker that scheduled it was killed."""

from __future__ import annotations

import os
import signal
import time
from datetime import datetime

from bench.processes import Database, Stack
from dispatcher.receiver import ReceiverProcess

ROUNDS = 3


def run(redis_url: str) -> None:
    """Both brokers, if there is a Redis; prints how late each retry came."""
    for broker in ("", redis_url) if redis_url else ("",):
        name = "Redis" if broker else "the database"
        print(f"\na retry due in 5 s on an idle system, broker: {name}")
        for kills in (False, True):
            late = [_round(broker, kills=kills) for _ in range(ROUNDS)]
            what = "its worker killed" if kills else "undisturbed"
            figures = "   ".join(f"{seconds:.2f} s" for seconds in late)
            print(f"  {what:<18} late by {figures}", flush=True)


def _round(redis_url: str, *, kills: bool) -> float:
    """One event to a receiver that fails once; seconds between the retry's time and its arrival."""
    database = Database(os.environ.get("DATABASE_URL", ""))
    stack = Stack(database_url=database.url, redis_url=redis_url)
    try:
        stack.manage("migrate")
        with ReceiverProcess() as receiver:
            stack.actor("prepare", f"{receiver.url}/flaky/1", "--retry")
            stack.start_clusters()
            stack.actor("emit", "--count=1")
            receiver.wait_for(1)
            time.sleep(1)  # the attempt is recorded, the retry has its time
            planned = stack.actor("planned")
            if kills:
                for pid in planned["workers"]:
                    os.kill(pid, signal.SIGKILL)
            second = receiver.wait_for(2, seconds=60)[1]
            return datetime.fromisoformat(second["at"]).timestamp() - planned["due_at"]
    finally:
        stack.stop_clusters()
        database.drop()
