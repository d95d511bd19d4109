"""Work of other apps that becomes due at a time (design section 3, step 4).

An app registers what it has; the waker of every worker process asks for the nearest due time and
runs what is due, in one process at a time. Nothing is remembered but what the app has in its own
tables, so restarts lose nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import connection
from django.db.models import Q

from dispatcher import sql
from dispatcher.models import DueWork

logger = structlog.get_logger(__name__)

ASK_SECONDS = 1.0
"""How often one process asks a provider: this is how late its work may start when all is idle."""
REST_SECONDS = 5.0
"""A provider that raised is not asked again for so long."""

NextDue = Callable[[], datetime | None]
"""The nearest time at which something is due; None when there is nothing. One indexed query."""

Run = Callable[[], int]
"""Do some of what is due, well within LEASE_SECONDS (another process may go on after that, since
what ran it may have died); returns how much was done.

It must be right even when two processes run it at once: a lease may run out under it. Each piece
of work is a transaction of its own, so that what was done stays done when the process dies.
"""


@dataclass(slots=True)
class _Provider:
    name: str
    next_due: NextDue
    run: Run
    ask_at: float = field(default=0.0)


_providers: dict[str, _Provider] = {}


def register(name: str, next_due: NextDue, run: Run) -> None:
    """From now on every worker process watches this work; call it from an AppConfig's `ready`."""
    _providers[name] = _Provider(name, next_due, run)


def look() -> int:
    """Run what is due and nobody else runs; returns how much was done.

    Cheap when nothing is: a provider is asked once a second. Never raises: one provider's trouble
    is nobody else's.
    """
    return sum(_look_at(one) for one in list(_providers.values()) if _is_time(one))


def _is_time(provider: _Provider) -> bool:
    moment = time.monotonic()
    if moment < provider.ask_at:
        return False
    provider.ask_at = moment + ASK_SECONDS
    return True


def _look_at(provider: _Provider) -> int:
    try:
        due = provider.next_due()
        if due is None or due > sql.now():
            return 0
        return _run(provider)
    except Exception as error:  # noqa: BLE001 - the waker is the net under everything else
        logger.warning("due_work_failed", name=provider.name, error=type(error).__name__)
        provider.ask_at = time.monotonic() + REST_SECONDS
        if not connection.in_atomic_block:
            connection.close()
        return 0


def _run(provider: _Provider) -> int:
    if not _take(provider.name):
        return 0
    try:
        done = provider.run()
    finally:
        _give_back(provider.name)
    if done:
        provider.ask_at = 0.0  # there may be more
    return done


def _take(name: str) -> bool:
    """Become the one who runs this; False when somebody else is at it."""
    moment = sql.now()
    DueWork.objects.get_or_create(pk=name)
    free = Q(lease_until=None) | Q(lease_until__lte=moment)
    lease_until = moment + timedelta(seconds=settings.LEASE_SECONDS)
    taken = DueWork.objects.filter(free, pk=name).update(lease_until=lease_until, ran_at=moment)
    return bool(taken)


def _give_back(name: str) -> None:
    DueWork.objects.filter(pk=name).update(lease_until=None)
