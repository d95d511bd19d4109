"""The doorbell: the only module that knows django-q2 (design sections 3 and 8).

A ring says "there is work" and nothing else. Rings are coalesced: while one is waiting to be
heard, further ones are dropped. The mark "already rung" runs out by itself, since a broker may
lose the ring; a sweep finds what is due in any case.
"""

from __future__ import annotations

import time
from datetime import timedelta
from functools import cache

import structlog
from django.conf import settings
from django.db import DatabaseError
from django.db.models import Q
from django_q.signals import post_spawn
from django_q.tasks import async_task
from redis import Redis, RedisError

from dispatcher import sql
from dispatcher.models import Doorbell

logger = structlog.get_logger(__name__)

MARK_SECONDS = 2
HEARD_SECONDS = 0.25
"""After the mark was seen, somebody looks for work for at least this long: no need to ask again."""
REDIS_SECONDS = 1.0
_quiet_until = 0.0

worker_spawned = post_spawn  # sent once in each worker process, after the fork


def ring(*, is_sure: bool = False) -> None:
    """Wake a worker unless one has been called already. Never raises: late is not lost.

    With `is_sure` it rings although the bell was just rung: a pass hands over with it.
    """
    global _quiet_until  # noqa: PLW0603 - one bell per process
    now = time.monotonic()
    if now < _quiet_until and not is_sure:
        return
    try:
        if _set_mark() or is_sure:
            async_task("dispatcher.engine.tasks.deliver", task_name="deliver")
        _quiet_until = now + HEARD_SECONDS
    except (RedisError, DatabaseError, OSError) as error:
        _quiet_until = now + MARK_SECONDS
        logger.warning("doorbell_not_heard", error=type(error).__name__)


@cache
def _redis() -> Redis:
    """One client per process (its pool is safe over a fork)."""
    return Redis.from_url(
        settings.REDIS_URL, socket_timeout=REDIS_SECONDS, socket_connect_timeout=REDIS_SECONDS
    )


def clear_mark() -> None:
    """Let the next ring through; a pass does this before its first claim."""
    try:
        if settings.REDIS_URL:
            _redis().delete(_mark())
        else:
            Doorbell.objects.filter(rung_at__isnull=False).update(rung_at=None)
    except (RedisError, DatabaseError, OSError) as error:
        logger.warning("doorbell_mark_not_cleared", error=type(error).__name__)


def _mark() -> str:
    return f"{settings.QUEUE_NAME}:doorbell"


def _set_mark() -> bool:
    """Whether this call set the mark, so that exactly one ring goes to the broker."""
    if settings.REDIS_URL:
        return bool(_redis().set(_mark(), 1, nx=True, ex=MARK_SECONDS))
    now = sql.now()
    silent = Q(rung_at__isnull=True) | Q(rung_at__lt=now - timedelta(seconds=MARK_SECONDS))
    return bool(Doorbell.objects.filter(silent).update(rung_at=now))
