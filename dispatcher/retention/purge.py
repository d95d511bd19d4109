"""Deleting what has ended and is old, bottom-up: attempts, requests, deliveries, then events.

What still waits, or is in a worker's hand, is never touched, however old, nor is its event. An
idempotency key outlives the payload of its event where it has to (spec section 5).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import router, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from dispatcher.ids import first_id
from dispatcher.models import Attempt, Delivery, Event, Purge, Request, Skip

BATCH = 500


def delete_rows(rows: QuerySet[Any]) -> int:
    """Delete these by one statement; what refers to them is gone already."""
    using = router.db_for_write(rows.model)
    return int(rows._raw_delete(using) or 0)  # noqa: SLF001 - Django's fast path


def purge_batch(progress: Purge, *, now: datetime) -> bool:
    """Delete one batch of what is older than RETENTION_DAYS; False when nothing is left.

    Moves the cursors of `progress`, which the caller saves.
    """
    before = first_id(now - timedelta(days=settings.RETENTION_DAYS))
    return _purge_deliveries(progress, before, now) or _purge_events(progress, before, now)


@transaction.atomic
def _purge_deliveries(progress: Purge, before: UUID, now: datetime) -> bool:
    old = Delivery.objects.filter(uid__lt=before).exclude(state=Delivery.State.PENDING)
    old = old.exclude(lease_until__gt=now)  # canceled while it was being sent
    if progress.delivery_cursor:
        old = old.filter(uid__gt=progress.delivery_cursor)
    # What somebody is sending again at this moment is left to them.
    locked = old.select_for_update(skip_locked=True, of=("self",)).order_by("uid")
    found = list(locked.values_list("pk", "uid")[:BATCH])
    if not found:
        return False
    keys = [pk for pk, _ in found]
    delete_rows(Attempt.objects.filter(delivery__in=keys))
    delete_rows(Request.objects.filter(delivery__in=keys))
    Delivery.objects.filter(resend_of__in=keys).update(resend_of=None)
    progress.deliveries += delete_rows(Delivery.objects.filter(pk__in=keys))
    progress.delivery_cursor = found[-1][1]
    return True


@transaction.atomic
def _purge_events(progress: Purge, before: UUID, now: datetime) -> bool:
    keys_end = first_id(now - timedelta(days=settings.IDEMPOTENCY_DAYS))
    has_delivery = Exists(Delivery.objects.filter(event=OuterRef("pk")))
    old = Event.objects.filter(id__lt=before).exclude(has_delivery)
    # A key that still counts keeps its event, without payload; that is done once.
    old = old.filter(Q(idempotency_key=None) | Q(id__lt=keys_end) | ~Q(payload=""))
    if progress.event_cursor:
        old = old.filter(id__gt=progress.event_cursor)
    found = list(old.order_by("id").values_list("pk", "idempotency_key")[:BATCH])
    if not found:
        return False
    kept = [pk for pk, key in found if key is not None and pk >= keys_end]
    gone = [pk for pk, _ in found if pk not in set(kept)]
    delete_rows(Skip.objects.filter(event__in=[pk for pk, _ in found]))
    Event.objects.filter(pk__in=kept).update(payload="")
    progress.events += delete_rows(Event.objects.filter(pk__in=gone))
    progress.event_cursor = found[-1][0]
    return True
