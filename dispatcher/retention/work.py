"""One batch after the other, by one worker at a time, so that deliveries do not notice."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q

from dispatcher import sql
from dispatcher.models import Erasure, Purge
from dispatcher.retention.erase import erase_batch
from dispatcher.retention.others import purge_others
from dispatcher.retention.purge import purge_batch

PAUSE_BETWEEN_ROUNDS = timedelta(minutes=10)
_TURN = timedelta(seconds=30)  # whose worker died leaves its turn to another after this


def clean_up() -> bool:
    """Do one batch of what is to be erased or purged; False when there is nothing to do now.

    A second worker that calls it meanwhile does nothing.
    """
    now = sql.now()
    open_ = Erasure.objects.filter(finished_at=None).order_by("id").first()
    if not _take_turn(is_urgent=open_ is not None):
        return False
    progress = Purge.objects.get(pk=1)
    try:
        if open_ is not None:
            return erase_batch(open_, now=now)
        if settings.RETENTION_DAYS and (purge_batch(progress, now=now) or _purge_others(now)):
            return True
        progress.next_at, progress.finished_at = now + PAUSE_BETWEEN_ROUNDS, now
        progress.delivery_cursor = progress.event_cursor = None
        return False
    finally:
        progress.busy_until = None
        progress.save()


def _purge_others(now: datetime) -> bool:
    before = now - timedelta(days=settings.RETENTION_DAYS)
    keys_before = min(before, now - timedelta(days=settings.IDEMPOTENCY_DAYS))
    return purge_others(before, keys_before)


def _take_turn(*, is_urgent: bool) -> bool:
    now = sql.now()
    Purge.objects.get_or_create(pk=1, defaults={"next_at": now})
    free = Purge.objects.filter(Q(busy_until=None) | Q(busy_until__lt=now), pk=1)
    if not is_urgent:
        free = free.filter(next_at__lte=now)
    return bool(free.update(busy_until=now + _TURN))
