"""What a doorbell's ring starts."""

from __future__ import annotations

import threading

from dispatcher.engine import heartbeat
from dispatcher.engine.run import Pass

_passing = threading.Lock()


def deliver() -> int:
    """Run one pass in this process; returns how many attempts were recorded.

    One pass at a time per process: a second call returns 0 at once.
    """
    if not _passing.acquire(blocking=False):
        return 0
    try:
        heartbeat.beat(is_busy=True)
        report = Pass().run()
        heartbeat.beat(is_busy=False, passed=True)
    finally:
        _passing.release()
    return report.recorded


def is_passing() -> bool:
    return _passing.locked()
