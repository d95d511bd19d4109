"""What has to be done beside delivering, by one worker at a time: a thread in each of them asks.

A duty is somebody's for half a minute and prolonged while he lives; when he dies another takes it.
`register` adds work from elsewhere: it is called again and again, and has to do little each time.
"""

from __future__ import annotations

import os
import random
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import structlog
from django.db import IntegrityError, connection, transaction
from django.db.models import Q

from dispatcher import retention, rollups, sql
from dispatcher.engine.sweep import sweep
from dispatcher.models import Duty, Transition
from dispatcher.services import jobs

logger = structlog.get_logger(__name__)

LOOK_SECONDS = 1.0
DUTY_SECONDS = 30.0
STEP_SECONDS = 0.5  # for jobs on many deliveries, in each look
HISTORY = timedelta(days=90)
_started_in = 0


@dataclass(slots=True)
class _Task:
    run: Callable[[], object]
    every: float
    next_at: float = 0.0


_registered: dict[str, tuple[Callable[[], object], float]] = {}


def register(name: str, run: Callable[[], object], *, every: float) -> None:
    """From now on one worker calls `run` every so many seconds."""
    _registered[name] = run, every


def start() -> None:
    """Start this process's upkeep, once."""
    global _started_in  # noqa: PLW0603 - one per process
    if _started_in != os.getpid():
        _started_in = os.getpid()
        threading.Thread(target=_keep_for_ever, name="upkeep", daemon=True).start()


def _keep_for_ever() -> None:
    upkeep = Upkeep()
    while True:
        time.sleep(LOOK_SECONDS * (0.75 + random.random() / 2))  # noqa: S311 - spreads load
        try:
            upkeep.look()
        except Exception as error:  # noqa: BLE001 - one failure must not end the thread
            logger.warning("upkeep_failed", error=type(error).__name__)
            connection.close()


class Upkeep:
    """One look after the other at what is to be done."""

    def __init__(self, name: str = "") -> None:
        self._name = name or f"{socket.gethostname()}:{os.getpid()}"
        self._tasks = {name: _Task(run, every) for name, (run, every) in _registered.items()}
        self._ask_at = 0.0
        self._is_ours = False

    def look(self) -> bool:
        """Do what is due, if the duty is ours; returns whether it is."""
        now = time.monotonic()
        if now >= self._ask_at:
            self._is_ours = take_duty("upkeep", self._name)
            self._ask_at = now + DUTY_SECONDS / 3
            sql.synchronize()
        if self._is_ours:
            for name, task in self._tasks.items():
                if now >= task.next_at:
                    task.next_at = now + task.every
                    self._run(name, task)
        return self._is_ours

    def _run(self, name: str, task: _Task) -> None:
        try:
            task.run()
        except Exception as error:  # noqa: BLE001 - the others go on
            logger.warning("upkeep_failed", task=name, error=type(error).__name__)
            connection.close()


def take_duty(name: str, holder: str) -> bool:
    """Take or prolong a duty; False while it is somebody else's."""
    now = sql.now()
    until = now + timedelta(seconds=DUTY_SECONDS)
    free = Duty.objects.filter(Q(holder=holder) | Q(until__lt=now), pk=name)
    if free.update(holder=holder, until=until):
        return True
    if Duty.objects.filter(pk=name).exists():
        return False
    try:
        with transaction.atomic():
            Duty.objects.create(name=name, holder=holder, until=until)
    except IntegrityError:
        return False
    return True


def _work_on_jobs() -> None:
    give_up = time.monotonic() + STEP_SECONDS
    with sql.planned_by_values():
        while jobs.step() and time.monotonic() < give_up:
            pass


def _fold() -> None:
    while rollups.fold() >= rollups.BATCH:
        pass


def _forget() -> None:
    rollups.prune()
    old = Transition.objects.filter(at__lt=sql.now() - HISTORY).order_by("at")
    Transition.objects.filter(pk__in=list(old.values_list("pk", flat=True)[:2_000])).delete()


register("sweep", sweep, every=5.0)
register("jobs", _work_on_jobs, every=0.0)
register("figures", _fold, every=3.0)
register("history", _forget, every=600.0)
register("clean_up", retention.clean_up, every=0.0)  # a batch at each look
