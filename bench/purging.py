"""Old deliveries are purged while new ones are made: what those notice of it.

`python -m bench --only purge`, on PostgreSQL. Rounds with and without purging in turn, on the same
full database; meanwhile every statement of the database is looked at twenty times a second.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from statistics import median

import psycopg

from bench import neighbours
from bench.processes import ROOT, Database, Stack
from dispatcher.receiver import ReceiverProcess

ROUNDS = 3
RATE = 100
SECONDS = 20
OLD_DAYS = 91
_LONGEST = """
    SELECT extract(epoch FROM clock_timestamp() - query_start), query FROM pg_stat_activity
    WHERE datname = current_database() AND state = 'active' AND pid <> pg_backend_pid()
      AND backend_type = 'client backend'
    ORDER BY 1 DESC LIMIT 1
"""


@dataclass
class Longest:
    """The statement that ran longest since `start`, in seconds, as often as it was looked."""

    url: str
    seconds: float = 0.0
    statement: str = ""
    _ended: threading.Event = field(default_factory=threading.Event)

    def start(self) -> None:
        threading.Thread(target=self._look, daemon=True).start()

    def end(self) -> None:
        self._ended.set()

    def _look(self) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            while not self._ended.wait(0.05):
                found = connection.execute(_LONGEST).fetchone()
                if found and float(found[0]) > self.seconds:
                    self.seconds, self.statement = float(found[0]), found[1]


def run(redis_url: str, *, count: int) -> None:
    """Prints p95 with and without, their ratio, the purge's speed and the longest statement."""
    database = Database(os.environ.get("DATABASE_URL", ""))
    if not database.is_postgresql:
        print("\npurging: on PostgreSQL only (set DATABASE_URL)")
        database.drop()
        return
    stacks = {
        days: Stack(database_url=database.url, redis_url=redis_url, RETENTION_DAYS=days)
        for days in ("0", str(OLD_DAYS - 1))
    }
    try:
        first = stacks["0"]
        first.manage("migrate")
        _fill(first, count)
        with ReceiverProcess() as receiver:
            first.actor("prepare", f"{receiver.url}/ok")
            _rounds(stacks, receiver, database.url)
    finally:
        for stack in stacks.values():
            stack.stop_clusters()
        database.drop()


def _fill(stack: Stack, count: int) -> None:
    command = [sys.executable, "-m", "bench.fill", f"--deliveries={count}"]
    command.append(f"--older-than={OLD_DAYS}")
    subprocess.run(command, cwd=ROOT, env=stack.environment, check=True, capture_output=True)
    print(f"\n{count} old deliveries purged while {RATE}/s are delivered", flush=True)


def _rounds(stacks: dict[str, Stack], receiver: ReceiverProcess, url: str) -> None:
    found: dict[str, list[float]] = {days: [] for days in stacks}
    longest = {days: Longest(url) for days in stacks}
    for _ in range(ROUNDS):
        for days, stack in stacks.items():
            times, purged = _round(stack, receiver, longest[days])
            found[days].append(neighbours.percentile(times, 0.95))
            label = "not purging" if days == "0" else "purging    "
            print(f"  {label}   {neighbours.describe(times)}   purged {purged:4.0f}/s", flush=True)
    without, with_it = (median(values) for values in found.values())
    print(f"p95 {without:.1f} ms → {with_it:.1f} ms: {with_it / without:.2f} of without purging")
    for days, seen in longest.items():
        label = "without" if days == "0" else "with"
        print(f"longest statement {label} purging: {seen.seconds:.3f} s   {seen.statement[:90]}")


def _round(stack: Stack, receiver: ReceiverProcess, longest: Longest) -> tuple[list[float], float]:
    receiver.clear()
    _let_go(longest.url)
    stack.start_clusters()
    before, started = _left(longest.url), time.monotonic()
    watch = Longest(longest.url)
    watch.start()
    emitted = stack.actor("emit", f"--count={RATE * SECONDS}", f"--rate={RATE}")
    seconds = time.monotonic() - started
    watch.end()
    purged = (before + RATE * SECONDS - _left(longest.url)) / seconds
    time.sleep(1)
    stack.stop_clusters()
    if watch.seconds > longest.seconds:
        longest.seconds, longest.statement = watch.seconds, watch.statement
    return neighbours.latencies(emitted["emitted"], receiver.ledger()), purged


def _let_go(url: str) -> None:
    """The clusters of the round before hold their duty for half a minute, and had nothing to do."""
    with psycopg.connect(url) as connection:
        connection.execute("DELETE FROM dispatcher_duty")
        connection.execute("UPDATE dispatcher_purge SET next_at = now(), busy_until = NULL")


def _left(url: str) -> int:
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT count(*) FROM dispatcher_delivery").fetchone()
    assert row is not None
    return int(row[0])
