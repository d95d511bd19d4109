"""Starts the product's processes on a database of their own, and reads what CPU they used."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg

ROOT = Path(__file__).resolve().parents[1]
TICKS = os.sysconf("SC_CLK_TCK")


def end_on_sigterm() -> None:
    """Have SIGTERM end this program as Ctrl-C does, so that it stops what it started."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))


class Database:
    """A throw-away database: on the PostgreSQL of `url`, or a SQLite file when it is empty."""

    def __init__(self, url: str) -> None:
        self._server = url
        self._name = f"postbacks_bench_{uuid.uuid4().hex[:8]}"
        self._folder = tempfile.TemporaryDirectory(prefix="postbacks-bench-")
        self.is_postgresql = url.startswith("postgres")
        if self.is_postgresql:
            self.url = urlsplit(url)._replace(path=f"/{self._name}").geturl()
            self._administer(f'CREATE DATABASE "{self._name}"')
        else:
            self.url = f"sqlite:///{self._folder.name}/bench.sqlite3"

    def drop(self) -> None:
        if self.is_postgresql:
            self._administer(f'DROP DATABASE "{self._name}" WITH (FORCE)')
        self._folder.cleanup()

    def _administer(self, statement: str) -> None:
        with psycopg.connect(self._server, autocommit=True) as connection:
            connection.execute(statement)


class Stack:
    """The environment of a run, and the processes started in it."""

    def __init__(self, *, database_url: str, redis_url: str, **more: str) -> None:
        self.environment = os.environ | {
            "DATABASE_URL": database_url,
            "REDIS_URL": redis_url,
            "QUEUE_NAME": f"bench-{uuid.uuid4().hex[:8]}",
            "SECRET_KEY": "bench-" + "x" * 50,
            "ALLOWED_NETWORKS": "127.0.0.0/8",
            "LOG_LEVEL": "WARNING",
            "EMIT_RATE": "1000000/second",
            **more,
        }
        self.clusters: list[subprocess.Popen[bytes]] = []

    def manage(self, *arguments: str) -> None:
        """Run a management command and wait for it."""
        command = [sys.executable, "manage.py", *arguments]
        subprocess.run(command, cwd=ROOT, env=self.environment, check=True, capture_output=True)

    def actor(self, *arguments: str) -> dict[str, Any]:
        """Run `bench.actor` and return what it answers."""
        return self.answer(self.start_actor(*arguments))

    def start_actor(self, *arguments: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "bench.actor", *arguments]
        return subprocess.Popen(
            command, cwd=ROOT, env=self.environment, stdout=subprocess.PIPE, text=True
        )

    @staticmethod
    def answer(process: subprocess.Popen[str]) -> dict[str, Any]:
        output, _ = process.communicate()
        if process.returncode:
            raise RuntimeError(f"bench.actor ended with {process.returncode}")
        result: dict[str, Any] = json.loads(output.splitlines()[-1])
        return result

    def start_clusters(self, count: int = 2) -> None:
        for _ in range(count):
            self.clusters.append(self.start_cluster())
        time.sleep(3)

    def start_cluster(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "manage.py", "qcluster"],
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def stop_clusters(self) -> None:
        """SIGTERM to each cluster's main process, never to its group (design section 8)."""
        for cluster in self.clusters:
            cluster.send_signal(signal.SIGTERM)
        for cluster in self.clusters:
            try:
                cluster.wait(60)
            except subprocess.TimeoutExpired:
                os.killpg(cluster.pid, signal.SIGKILL)
                cluster.wait()
        self.clusters.clear()

    def cluster_cpu(self) -> float:
        """CPU seconds used so far by the clusters and everything they started."""
        return cpu_seconds(family([cluster.pid for cluster in self.clusters]))


def cpu_seconds(pids: Iterable[int]) -> float:
    """CPU seconds of these processes and of their children that have ended."""
    total = 0
    for pid in pids:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        total += sum(int(value) for value in fields[11:15])
    return total / TICKS


def family(roots: Iterable[int]) -> set[int]:
    """These processes and all that descend from them."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents.setdefault(int(fields[1]), []).append(int(entry.name))
    found: set[int] = set()
    waiting = list(roots)
    while waiting:
        pid = waiting.pop()
        if pid not in found:
            found.add(pid)
            waiting += parents.get(pid, [])
    return found


def postgresql_cpu(database: Database) -> float:
    """CPU seconds used so far by the PostgreSQL server, ended connections included."""
    if not database.is_postgresql:
        return 0.0
    with psycopg.connect(database.url) as connection:
        row = connection.execute("SELECT pg_backend_pid()").fetchone()
    assert row is not None
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            name = (entry / "comm").read_text().strip()
            parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
        if name == "postgres" and parent == 1:
            return cpu_seconds(family([int(entry.name)]))
    return 0.0
