"""What a doorbell's ring starts."""

from __future__ import annotations

import threading

from dispatcher.engine import heartbeat, solo
from dispatcher.engine.run import Pass

_passing = threading.Lock()


def deliver(*, is_forced: bool = False) -> int:
    """Run one pass in this process; returns how many attempts were recorded.

    One pass at a time per process (and per SQLite file, unless forced): a further call returns 0.
    """
    if not _passing.acquire(blocking=False):
        return 0
    try:
        heartbeat.beat(is_busy=True)
        with solo.turn() as is_ours:
            recorded = Pass().run().recorded if is_ours or is_forced else 0
        heartbeat.beat(is_busy=False, passed=True)
    finally:
        _passing.release()
    return recorded


def is_passing() -> bool:
    """Whether a pass runs in this process."""
    return _passing.locked()
