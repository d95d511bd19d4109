"""Kills things in the middle of 2,000 deliveries and counts what arrived (`make chaos`).

    python -m bench.chaos [--count 2000] [--only worker,cluster,web,redis,postgresql]

Every trigger is without retries: what a dead worker had in hand must arrive all the same.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

import psycopg
import requests

from bench.actor_data import payload
from bench.processes import ROOT, Stack, end_on_sigterm, family
from bench.services import OwnPostgresql, OwnRedis, free_port, wait_for_port
from dispatcher.receiver import ReceiverProcess

EMITTERS = 4
PATIENCE = 180.0


@dataclass
class Emission:
    """What the API answered 2xx for."""

    answered: dict[str, float] = field(default_factory=dict)  # webhook id → when
    refused: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self, base_url: str, token: str, *, prefix: str, count: int) -> list[threading.Thread]:
        threads = [
            threading.Thread(
                target=self._emit, args=(base_url, token, prefix, range(start, count, EMITTERS))
            )
            for start in range(EMITTERS)
        ]
        for thread in threads:
            thread.start()
        return threads

    def _emit(self, base_url: str, token: str, prefix: str, numbers: range) -> None:
        session = requests.Session()
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        for number in numbers:
            body = json.dumps(
                {
                    "type": "order_shipped",
                    "customer": "c0",
                    "id": f"{prefix}-{number}",
                    "payload": json.loads(payload(number)),
                }
            )
            self._post(session, f"{base_url}/api/v1/order-events/", headers, body)

    def _post(
        self, session: requests.Session, url: str, headers: dict[str, str], body: str
    ) -> None:
        """Post until it is answered 2xx, as an emitter would, with the same key."""
        while True:
            try:
                answer = session.post(url, data=body, headers=headers, timeout=10)
            except requests.RequestException:
                answer = None
            if answer is not None and answer.status_code == 202:
                break
            with self.lock:
                self.refused += 1
            time.sleep(0.2)
        with self.lock:
            for delivery in answer.json()["deliveries"]:
                self.answered[delivery["id"]] = time.time()


class Chaos:
    """The product on a PostgreSQL and a Redis of its own, and what happens to it."""

    def __init__(self, *, count: int) -> None:
        self.count = count
        self.postgresql = OwnPostgresql()
        self.redis = OwnRedis()
        self.port = free_port()
        self.base_url = f"http://127.0.0.1:{self.port}"
        self.stack = Stack(
            database_url=self.postgresql.url,
            redis_url=self.redis.url,
            ALLOWED_HOSTS="127.0.0.1",
            BASE_URL=self.base_url,
        )
        self.stack.manage("migrate")
        self.token = self.stack.actor("token")["token"]
        self.start_web()

    def start_web(self) -> None:
        command = [sys.executable, "-m", "gunicorn", "config.wsgi", "--bind"]
        command += [f"127.0.0.1:{self.port}", "--threads", "8", "--log-level", "error"]
        self.web = subprocess.Popen(
            command,
            cwd=ROOT,
            env=self.stack.environment,
            start_new_session=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wait_for_port(self.port)

    # What can happen. Each returns nothing and leaves the product running again.

    def kill_worker(self) -> None:
        """Kill -9 of one process that is delivering."""
        with psycopg.connect(self.postgresql.url) as connection:
            rows = connection.execute(
                "SELECT name FROM dispatcher_heartbeat WHERE is_busy ORDER BY beat_at DESC"
            ).fetchall()
        busy = [int(row[0].rpartition(":")[2]) for row in rows]
        ours = family([cluster.pid for cluster in self.stack.clusters])
        victim = random.choice([pid for pid in busy if pid in ours])
        os.kill(victim, signal.SIGKILL)

    def kill_cluster(self) -> None:
        cluster = self.stack.clusters.pop(0)
        for pid in family([cluster.pid]):
            os.kill(pid, signal.SIGKILL)
        cluster.wait()
        self.stack.clusters.append(self.stack.start_cluster())

    def kill_web(self) -> None:
        for pid in family([self.web.pid]):
            os.kill(pid, signal.SIGKILL)
        self.web.wait()
        self.start_web()

    def kill_redis(self) -> None:
        self.redis.kill()
        time.sleep(3)
        self.redis.start()

    def restart_postgresql(self) -> None:
        self.postgresql.restart()

    def live_leases(self) -> int:
        return self.waiting("lease_until > now()")

    def waiting(self, condition: str = "true") -> int:
        """How many deliveries have not ended."""
        statement = "SELECT count(*) FROM dispatcher_delivery WHERE state = 'pending' AND "
        with psycopg.connect(self.postgresql.url) as connection:
            row = connection.execute(statement + condition).fetchone()
        return int(row[0]) if row else 0

    def scenario(self, name: str, strike: Callable[[], None], receiver: ReceiverProcess) -> bool:
        """Emit, strike in the middle, wait for everything; print and judge the counts."""
        receiver.clear()
        emission = Emission()
        threads = emission.run(
            self.base_url, self.token, prefix=f"{name}-{time.time()}", count=self.count
        )
        _wait_until(lambda: receiver.count().requests >= self.count // 4)
        leases = self.live_leases()
        struck_at = time.time()
        strike()
        for thread in threads:
            thread.join()
        arrived = _wait_until(lambda: receiver.count().webhook_ids >= len(emission.answered))
        took = time.time() - struck_at
        _wait_until(lambda: not self.waiting())  # what a dead worker had in hand comes again
        return self._judge(name, emission, receiver, leases=leases, took=took, arrived=arrived)

    def _judge(
        self, name: str, emission: Emission, receiver: ReceiverProcess, *, leases: int, took: float,
        arrived: bool,
    ) -> bool:  # fmt: skip
        seen: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for request in receiver.ledger():
            seen[request["webhook_id"]].append((request["path"], request["body"]))
        missing = emission.answered.keys() - seen.keys()
        duplicates = sum(len(requests) - 1 for requests in seen.values())
        changed = sum(len(set(requests)) > 1 for requests in seen.values())
        is_good = arrived and not missing and duplicates <= leases and not changed
        print(
            f"{name:<12} answered 2xx {len(emission.answered):>5}   arrived {len(seen):>5}   "
            f"missing {len(missing)}   duplicates {duplicates} (live leases: {leases})   "
            f"changed {changed}   all arrived {took:.1f} s after the kill   "
            f"{'ok' if is_good else 'FAILED'}",
            flush=True,
        )
        return is_good

    def close(self) -> None:
        for pid in family([self.web.pid]):
            os.kill(pid, signal.SIGKILL)
        self.stack.stop_clusters()
        self.redis.kill()
        self.postgresql.remove()


def _wait_until(is_done: Callable[[], bool]) -> bool:
    give_up = time.monotonic() + PATIENCE
    while time.monotonic() < give_up:
        if is_done():
            return True
        time.sleep(0.1)
    return False


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--only", default="worker,cluster,web,redis,postgresql")
    options = parser.parse_args()
    end_on_sigterm()
    chaos = Chaos(count=options.count)
    strikes = {
        "worker": chaos.kill_worker,
        "cluster": chaos.kill_cluster,
        "web": chaos.kill_web,
        "redis": chaos.kill_redis,
        "postgresql": chaos.restart_postgresql,
    }
    try:
        with ReceiverProcess() as receiver:
            chaos.stack.actor("prepare", f"{receiver.url}/slow/0.05")
            chaos.stack.start_clusters()
            names = options.only.split(",")
            results = [chaos.scenario(name, strikes[name], receiver) for name in names]
    finally:
        chaos.close()
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
