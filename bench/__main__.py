"""`make bench`: how fast, at what cost, and how well one bad neighbour is borne.

On PostgreSQL and Redis when DATABASE_URL and REDIS_URL are set, else on the default. Every figure
stands beside a baseline measured in the same run, interleaved, since machines are shared and noisy.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from statistics import median
from typing import Any

from bench import ingest, neighbours, punctual, purging, yardstick
from bench.processes import Database, Stack, cpu_seconds, end_on_sigterm, postgresql_cpu
from dispatcher.receiver import ReceiverProcess

ROUNDS = 3
PARTS = ("throughput", "latency", "ingest", "statements", "neighbour", "retry", "purge")


@dataclass
class Bench:
    """One run: a database of its own, two clusters, one fast receiver."""

    stack: Stack
    database: Database
    receiver: ReceiverProcess
    count: int

    def yardstick(self) -> float:
        """Posts per second of the bare loop, now."""
        return yardstick.run(f"{self.receiver.url}/ok", min(self.count, 2000), 1500)

    def cpu(self) -> dict[str, float]:
        """CPU seconds used so far, by whom."""
        return {
            "workers": self.stack.cluster_cpu(),
            "database": postgresql_cpu(self.database),
            "receiver": cpu_seconds([self.receiver.pid]),
        }

    def end_to_end(self) -> dict[str, Any]:
        """From the first emit to the last recorded attempt, one event per call."""
        before = self.cpu()
        share = self.count // EMITTERS
        emitters = [
            self.stack.start_actor("emit", f"--count={share}", f"--first={number * share}")
            for number in range(EMITTERS)
        ]
        emitted = [self.stack.answer(emitter) for emitter in emitters]
        ended = self.stack.actor("wait", f"--count={self.count}")
        cpu = {name: value - before[name] for name, value in self.cpu().items()}
        cpu["emitters"] = sum(answer["cpu"] for answer in emitted)
        seconds = ended["last"] - min(answer["started"] for answer in emitted)
        self.stack.actor("clear")
        return {"rate": self.count / seconds, "cpu": cpu, "delivered": ended["delivered"]}

    def drain(self) -> dict[str, Any]:
        """The same events from a standing backlog: held, then let go."""
        self.stack.actor("hold")
        self.stack.actor("emit-batches", f"--count={self.count}")
        time.sleep(6)  # a sweep sets them aside
        before = self.cpu()
        released = self.stack.actor("release")
        ended = self.stack.actor("wait", f"--count={self.count}")
        cpu = {name: value - before[name] for name, value in self.cpu().items()}
        self.stack.actor("clear")
        seconds = ended["last"] - released["at"]
        return {"rate": self.count / seconds, "cpu": cpu, "delivered": ended["delivered"]}


EMITTERS = 2


def throughput(bench: Bench) -> None:
    """End to end and draining, against the yardstick, interleaved."""
    print(f"\n{bench.count} events, one delivery of about 1.5 KB each; median of {ROUNDS} rounds")
    measured: dict[str, list[dict[str, Any]]] = {"end to end": [], "draining": []}
    shares: dict[str, list[float]] = {"end to end": [], "draining": []}
    calls: dict[str, Callable[[], dict[str, Any]]] = {
        "end to end": bench.end_to_end,
        "draining": bench.drain,
    }
    for _ in range(ROUNDS):
        for name, call in calls.items():
            before = bench.yardstick()
            result = call()
            base = (before + bench.yardstick()) / 2
            measured[name].append(result)
            shares[name].append(result["rate"] / base)
            print(f"  {name:<11} {result['rate']:7.0f}/s   yardstick {base:7.0f}/s   "
                  f"share {result['rate'] / base:.2f}   delivered {result['delivered']}",
                  flush=True)  # fmt: skip
    for name, results in measured.items():
        rate = median(result["rate"] for result in results)
        print(f"{name:<11} {rate:7.0f} deliveries/s, {median(shares[name]):.2f} of the yardstick")
        for who in results[0]["cpu"]:
            per_thousand = median(result["cpu"][who] for result in results) / bench.count * 1000
            print(f"   CPU seconds per 1,000, {who:<9} {per_thousand:.2f}")


def latency(bench: Bench, rate: int, seconds: int) -> None:
    """Emit → received at a steady rate."""
    bench.receiver.clear()
    count = rate * seconds
    emitted = bench.stack.actor("emit", f"--count={count}", f"--rate={rate}")
    bench.stack.actor("wait", f"--count={count}")
    times = neighbours.latencies(emitted["emitted"], bench.receiver.ledger())
    print(f"emit → received at {rate:>3}/s   " + neighbours.describe(times), flush=True)
    bench.stack.actor("clear")


def receiver_ceiling(receiver: ReceiverProcess) -> float:
    """What the receiver takes from four senders at once; it must not be the limit."""
    command = [sys.executable, "-m", "bench.hammer", receiver.url, "20000"]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    receiver.clear()
    return float(output)


def on_their_own(parts: Collection[str], *, old: int, is_to_the_end: bool) -> None:
    """What starts processes and a database of its own."""
    redis_url = os.environ.get("REDIS_URL", "")
    if "neighbour" in parts:
        for endpoints in (10, 20):
            neighbours.run(redis_url, endpoints=endpoints)
    if "retry" in parts:
        punctual.run(redis_url)
    if "purge" in parts:
        purging.run(redis_url, count=old, is_to_the_end=is_to_the_end)


def asked() -> argparse.Namespace:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=5000)
    parser.add_argument(
        "--only", default="throughput,latency,ingest,statements,neighbour,retry,purge"
    )
    parser.add_argument("--old", type=int, default=500_000, help="deliveries to purge")
    parser.add_argument(
        "--to-the-end", action="store_true", help="purge until none of them is left (25 minutes)"
    )
    return parser.parse_args()


def on_one_stack(parts: Collection[str], bench: Bench) -> None:
    """What shares one database, one receiver and one set of workers."""
    stack = bench.stack
    print(f"the receiver's own ceiling: {receiver_ceiling(bench.receiver):.0f} requests/s")
    stack.actor("prepare", f"{bench.receiver.url}/ok")
    if "statements" in parts:
        counted = stack.actor("count-statements", "--count=1000")
        share = counted["statements"] / counted["deliveries"]
        print(f"SQL statements per delivery of a backlog: {share:.2f}")
        stack.actor("clear")
    stack.start_clusters()
    if "throughput" in parts:
        throughput(bench)
    if "latency" in parts:
        latency(bench, 50, 10)
        latency(bench, 200, 10)
    if "ingest" in parts:
        ingest.run(stack)


def main() -> None:
    options = asked()
    end_on_sigterm()
    parts = options.only.split(",")
    database = Database(os.environ.get("DATABASE_URL", ""))
    stack = Stack(database_url=database.url, redis_url=os.environ.get("REDIS_URL", ""))
    kind = "PostgreSQL" if database.is_postgresql else "SQLite"
    broker = "Redis" if os.environ.get("REDIS_URL") else "the database"
    print(f"{kind}, broker: {broker}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    try:
        stack.manage("migrate")
        with ReceiverProcess() as receiver:
            on_one_stack(parts, Bench(stack, database, receiver, options.count))
        stack.stop_clusters()
        on_their_own(parts, old=options.old, is_to_the_end=options.to_the_end)
    finally:
        stack.stop_clusters()
        database.drop()


if __name__ == "__main__":
    main()
