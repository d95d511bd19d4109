"""How django-q2's workers run; design.md section 8 says why each is as it is."""

from __future__ import annotations

from typing import Any


def cluster(*, name: str, workers: int, redis_url: str) -> dict[str, Any]:
    """The settings of one cluster; its queue is in the database where there is no Redis."""
    broker = {"redis": redis_url} if redis_url else {"orm": "default"}
    return {
        "name": name,
        "workers": workers,
        "timeout": 120,
        "retry": 900,
        "queue_limit": workers,
        "bulk": 1,
        "ack_failures": True,
        "max_attempts": 1,
        "save_limit": -1,
        "catch_up": False,
        "recycle": 500,
        "compress": False,
        "poll": 0.1,
        "scheduler": False,
        "label": "Queue",
        **broker,
    }
