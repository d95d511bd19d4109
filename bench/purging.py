"""Old deliveries are purged while new ones are made: what those notice of it.

`python -m bench --only purge`, on PostgreSQL. Rounds with and without purging in turn, on the same
full database; meanwhile every statement of the database is looked at twenty times a second. With
`--to-the-end` it goes on until all of the old ones are gone, every sixth minute without purging.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from statistics import median

import psycopg

from bench import neighbours
from bench.processes import ROOT, Database, Stack
from dispatcher.receiver import ReceiverProcess

ROUNDS = 3
RATE = 100
SECONDS = 20
LONG_SECONDS = 60
ONE_WITHOUT_IN = 6
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


def run(redis_url: str, *, count: int, is_to_the_end: bool = False) -> None:
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
            seconds = LONG_SECONDS if is_to_the_end else SECONDS
            rounds = Rounds(stacks, receiver, database.url, seconds)
            rounds.run(_until_gone(database.url, stacks) if is_to_the_end else _in_turn(stacks))
    finally:
        for stack in stacks.values():
            stack.stop_clusters()
        database.drop()


def _fill(stack: Stack, count: int) -> None:
    command = [sys.executable, "-m", "bench.fill", f"--deliveries={count}"]
    command.append(f"--older-than={OLD_DAYS}")
    subprocess.run(command, cwd=ROOT, env=stack.environment, check=True, capture_output=True)
    print(f"\n{count} old deliveries purged while {RATE}/s are delivered", flush=True)


def _in_turn(stacks: Iterable[str]) -> Iterator[str]:
    for _ in range(ROUNDS):
        yield from stacks


def _until_gone(url: str, stacks: Iterable[str]) -> Iterator[str]:
    """Purging until nothing old is left, and now and then without, for comparison."""
    without, purging = stacks
    while _old_left(url):
        yield without
        for _ in range(ONE_WITHOUT_IN - 1):
            if _old_left(url):
                yield purging


@dataclass
class Rounds:
    """What was measured with and without purging, by the days that are kept ("0": all)."""

    stacks: Mapping[str, Stack]
    receiver: ReceiverProcess
    url: str
    seconds: int

    def run(self, order: Iterable[str]) -> None:
        """Measure in this order, then print what came of it."""
        found: dict[str, list[float]] = {days: [] for days in self.stacks}
        longest = {days: Longest(self.url) for days in self.stacks}
        for days in order:
            times, purged = self._round(self.stacks[days], longest[days])
            found[days].append(neighbours.percentile(times, 0.95))
            label = "not purging" if days == "0" else "purging    "
            print(f"  {label}   {neighbours.describe(times)}   purged {purged:4.0f}/s", flush=True)
        without, with_it = (median(values) for values in found.values())
        print(
            f"p95 {without:.1f} ms → {with_it:.1f} ms: {with_it / without:.2f} of without purging"
        )
        for days, seen in longest.items():
            label = "without" if days == "0" else "with"
            words = f"{seen.seconds:.3f} s   {seen.statement[:90]}"
            print(f"longest statement {label} purging: {words}")
        print(f"old deliveries left: {_old_left(self.url)}")

    def _round(self, stack: Stack, longest: Longest) -> tuple[list[float], float]:
        count = RATE * self.seconds
        self.receiver.clear()
        _let_go(self.url)
        stack.start_clusters()
        before, started = _left(self.url), time.monotonic()
        watch = Longest(self.url)
        watch.start()
        emitted = stack.actor("emit", f"--count={count}", f"--rate={RATE}")
        took = time.monotonic() - started
        watch.end()
        purged = (before + count - _left(self.url)) / took
        time.sleep(1)
        stack.stop_clusters()
        if watch.seconds > longest.seconds:
            longest.seconds, longest.statement = watch.seconds, watch.statement
        return neighbours.latencies(emitted["emitted"], self.receiver.ledger()), purged


def _let_go(url: str) -> None:
    """The clusters of the round before hold their duty for half a minute, and had nothing to do."""
    with psycopg.connect(url) as connection:
        connection.execute("DELETE FROM dispatcher_duty")
        connection.execute("UPDATE dispatcher_purge SET next_at = now(), busy_until = NULL")


def _left(url: str) -> int:
    return _number(url, "SELECT count(*) FROM dispatcher_delivery")


def _old_left(url: str) -> int:
    """How many are left that a purge would take: they have ended, long ago."""
    return _number(
        url,
        "SELECT count(*) FROM dispatcher_delivery WHERE state <> 'pending'"
        f" AND finished_at < now() - interval '{OLD_DAYS - 1} days'",
    )


def _number(url: str, statement: str) -> int:
    with psycopg.connect(url) as connection:
        row = connection.execute(statement.encode()).fetchone()
    assert row is not None
    return int(row[0])
