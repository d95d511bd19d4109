"""One endpoint of many hangs for 5 s: how long the others wait (design section 10)."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import datetime
from statistics import median
from typing import Any

from bench.processes import Database, Stack
from dispatcher.receiver import ReceiverProcess

ROUNDS = 3
RATE = 50
SECONDS = 15


def latencies(
    emitted: dict[str, tuple[float, int]],
    ledger: Sequence[dict[str, Any]],
    *,
    without: int | None = None,
) -> list[float]:
    """Milliseconds from each emit to its first arrival, sorted; `without` leaves a customer out."""
    arrived: dict[str, float] = {}
    for request in ledger:
        at = datetime.fromisoformat(request["at"]).timestamp()
        arrived.setdefault(request["webhook_id"], at)
    return sorted(
        (arrived.get(uid, float("inf")) - at) * 1000
        for uid, (at, customer) in emitted.items()
        if customer != without
    )


def percentile(times: Sequence[float], share: float) -> float:
    return times[min(len(times) - 1, int(len(times) * share))]


def describe(times: Sequence[float]) -> str:
    marks = [(name, percentile(times, share)) for name, share in MARKS]
    return "   ".join(f"{name} {value:6.1f} ms" for name, value in marks)


MARKS = (("p50", 0.5), ("p95", 0.95), ("p99", 0.99))


def run(redis_url: str, *, endpoints: int) -> None:
    """Healthy and hanging rounds in turn; prints the p95 of the healthy endpoints for both."""
    print(f"\none endpoint of {endpoints} hanging for 5 s, {RATE} events/s, {ROUNDS} rounds each")
    healthy: list[float] = []
    hanging: list[float] = []
    for _ in range(ROUNDS):
        for hangs, results in ((False, healthy), (True, hanging)):
            times = _round(redis_url, endpoints, hangs=hangs)
            results.append(percentile(times, 0.95))
            state = "one hangs " if hangs else "all answer"
            print(f"  {state}   the others: {describe(times)}", flush=True)
    before, after = median(healthy), median(hanging)
    verdict = "holds" if after - before < max(20, before * 0.1) else "FAILS"
    print(f"p95 of the others: {before:.1f} ms → {after:.1f} ms ({verdict}: within 10 % or 20 ms)")


def _round(redis_url: str, endpoints: int, *, hangs: bool) -> list[float]:
    """One run on a fresh database, so that nothing is left over from the one before."""
    database = Database(os.environ.get("DATABASE_URL", ""))
    stack = Stack(database_url=database.url, redis_url=redis_url)
    hosts = [f"127.0.0.{number + 1}" for number in range(endpoints)]
    try:
        stack.manage("migrate")
        with ReceiverProcess(hosts=hosts) as receiver:
            port = receiver.url.rpartition(":")[2]
            urls = [f"http://{host}:{port}/ok" for host in hosts]
            if hangs:
                urls[0] = urls[0].removesuffix("/ok") + "/slow/5"
            stack.actor("prepare", *urls)
            stack.start_clusters()
            count = RATE * SECONDS
            answer = stack.actor(
                "emit", f"--count={count}", f"--rate={RATE}", f"--customers={endpoints}"
            )
            wanted = count - count // endpoints
            stack.actor("wait", f"--count={wanted}", "--seconds=30")
            return latencies(answer["emitted"], receiver.ledger(), without=0)
    finally:
        stack.stop_clusters()
        database.drop()
