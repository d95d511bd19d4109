"""A thread in every worker process that sees what became due (design section 3, step 4).

It needs no memory: retries, delays, lost rings and expired leases are all found by asking the
database what could be claimed now. Where nobody hears the bell (a frozen cluster), it delivers
by itself.
"""

from __future__ import annotations

import os
import random
import threading
import time
from typing import Any

import structlog
from django.db import connection

from dispatcher import due_work, queue, sql
from dispatcher.engine import breaker, heartbeat, tasks, upkeep
from dispatcher.engine.claim import ANY_DUE
from dispatcher.engine.engine import engine
from dispatcher.rendering import Job, RendererUnavailableError, Template, renderer

logger = structlog.get_logger(__name__)

LOOK_SECONDS = 0.7
BEAT_SECONDS = 10.0
IGNORED_SECONDS = 6.0  # work that is due for so long although the bell was rung is taken here

_started_in = 0


def start(**_: Any) -> None:
    """Start this process's waker, once; connected to the queue's `worker_spawned`."""
    global _started_in  # noqa: PLW0603 - one per process
    if _started_in == os.getpid():
        return
    _started_in = os.getpid()
    threading.Thread(target=_watch_for_ever, name="waker", daemon=True).start()
    upkeep.start()


def _watch_for_ever() -> None:
    _warm_up()
    watch = Watch()
    while True:
        time.sleep(LOOK_SECONDS * (0.75 + random.random() / 2))  # noqa: S311 - spreads load
        try:
            watch.look()
        except Exception as error:  # noqa: BLE001 - this thread is the net under everything else
            logger.warning("waker_cannot_look", error=type(error).__name__)
            connection.close()


def _warm_up() -> None:
    """Start what the first delivery would otherwise wait for: engine and rendering process."""
    engine()
    try:
        renderer().render(Job((Template("json", '"{{ ready }}"'),), '{"ready": ""}'))
    except RendererUnavailableError:
        logger.warning("rendering_unavailable")


class Watch:
    """One look after the other at what is due."""

    def __init__(self) -> None:
        self._next_beat = 0.0

    def look(self) -> bool:
        """Ring if anything could be claimed now; returns whether there was."""
        now = time.monotonic()
        if now >= self._next_beat:
            heartbeat.beat(is_busy=tasks.is_passing())
            self._next_beat = now + BEAT_SECONDS
        due_work.look()
        overdue = overdue_seconds()
        if overdue is None and not breaker.probes_due():
            return False
        queue.ring()
        if overdue is not None and overdue > IGNORED_SECONDS and not tasks.is_passing():
            logger.warning("bell_not_heard", overdue_seconds=round(overdue, 1))
            tasks.deliver(is_forced=True)
        return True


def overdue_seconds() -> float | None:
    """For how long the oldest claimable delivery has been due; None when there is none."""
    now = sql.now()
    rows = sql.fetch(ANY_DUE, [now, now])
    if not rows:
        return None
    return (now - sql.to_time(rows[0][0])).total_seconds()
