"""The processes a deployment on one machine consists of: `manage.py serve` and the demo."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

import structlog
from django.conf import settings
from django.db import DatabaseError, close_old_connections

from config.supervisor import Program
from dispatcher.services import health

logger = structlog.get_logger(__name__)

MANAGE = str(settings.BASE_DIR / "manage.py")


def web(*, bind: str, processes: int = 1, threads: int = 8, logs: Path | None = None) -> Program:
    """The web server. Threads, since requests wait for the database; gthread keeps connections."""
    return Program(
        name="web",
        command=[
            *(sys.executable, "-m", "gunicorn", "--config", "python:config.gunicorn"),
            *("--bind", bind, "--workers", str(processes), "--threads", str(threads)),
            "config.wsgi",
        ],
        log=_log(logs, "web"),
    )


def clusters(count: int, *, logs: Path | None = None) -> list[Program]:
    """The workers. Two or more: one may freeze, and is found and restarted meanwhile."""
    return [
        Program(
            name=f"worker-{number}",
            command=[sys.executable, MANAGE, "qcluster"],
            log=_log(logs, f"worker-{number}"),
        )
        for number in range(1, count + 1)
    ]


def receiver(*, port: int, secret: str, logs: Path | None = None) -> Program:
    """The sample receiver; it stays until the workers have sent what they were sending."""
    return Program(
        name="receiver",
        command=[sys.executable, MANAGE, "receiver", "--port", str(port), "--secret", secret],
        log=_log(logs, "receiver"),
        stops_last=True,
    )


def find_frozen_clusters(processes: Mapping[str, int]) -> Iterable[str]:
    """Those clusters of this machine in which no worker works although work is overdue.

    `processes` are main process ids by program name; a worker belongs to the cluster in whose
    session it runs. While the database does not answer, nothing is called frozen.
    """
    close_old_connections()
    try:
        if health.overdue_seconds() <= settings.OVERDUE_SECONDS:
            return []
        working = {_session_of(pid) for pid in health.working_processes(socket.gethostname())}
    except DatabaseError as error:
        logger.warning("frozen_workers_not_looked_for", error=type(error).__name__)
        return []
    return [
        name for name, pid in processes.items() if name.startswith("worker-") and pid not in working
    ]


def _session_of(pid: int) -> int | None:
    try:
        return os.getsid(pid)
    except ProcessLookupError:
        return None


def _log(logs: Path | None, name: str) -> Path | None:
    return logs / f"{name}.log" if logs else None
