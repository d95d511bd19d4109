"""Erasing, on demand, what one owner's events and deliveries said."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from dispatcher.ids import uuid7
from dispatcher.models import Attempt, Delivery, Erasure, Event, Request
from dispatcher.retention.others import person_of
from dispatcher.retention.purge import delete_rows

BATCH = 200
MOST_COUNTED = 10_000


def erase_owner(*, owner: str, name: str, by: Any = None) -> Erasure:
    """Erase the payloads, requests and answers of everything that belongs to this owner, or that
    is about this person.

    What still waits is canceled. Done by the workers, in batches; that it happened, when, to whom
    and how it ended stays in the ledgers. What is emitted from now on is not touched.
    """
    unfinished = Erasure.objects.filter(owner=owner, finished_at=None)
    unfinished.filter(cursor=None).delete()  # this one covers it
    return Erasure.objects.create(owner=owner, name=name[:255], requested_by=by, until=uuid7())


def events_of(owner: str) -> int:
    """How many events an erasure would empty: `MOST_COUNTED` at most, and one more for more.

    Looks at the newest: what is older than something that was erased has been erased, too.
    """
    theirs = Event.objects.filter(_whose(owner))
    if person_of(owner) is None:
        theirs = theirs.exclude(owner="").order_by("-id")  # as the index is
    newest = theirs.values("pk")[: MOST_COUNTED + 1]
    return Event.objects.filter(pk__in=newest).exclude(payload="").count()


def erase_batch(erasure: Erasure, *, now: datetime) -> bool:
    """Erase one batch of it; False when all is erased, which is noted on it."""
    mine = Event.objects.filter(_whose(erasure.owner), id__lt=erasure.until)
    if erasure.cursor:
        mine = mine.filter(id__gt=erasure.cursor)
    keys = list(mine.order_by("id").values_list("pk", flat=True)[:BATCH])
    if not keys:
        _finish(erasure, now)
        return False
    with transaction.atomic():
        is_done = _erase(keys, now)
        if is_done and person_of(erasure.owner):
            Event.objects.filter(pk__in=keys, subject__contains="@").update(subject="")
        if is_done:
            erasure.cursor, erasure.events = keys[-1], erasure.events + len(keys)
            erasure.save(update_fields=["cursor", "events"])
    return is_done


def _whose(reference: str) -> Q:
    person = person_of(reference)
    if person is None:
        return Q(owner=reference)
    who, key = person
    return Q(subject__in=list(who.subjects(key)))


@transaction.atomic
def _finish(erasure: Erasure, now: datetime) -> None:
    """What else is kept of a person goes last: until then it says which events are theirs."""
    person = person_of(erasure.owner)
    if person is not None:
        who, key = person
        who.forget(key)
    erasure.finished_at = now
    erasure.save(update_fields=["finished_at"])


def _erase(keys: list[Any], now: datetime) -> bool:
    """False while one of them is in a worker's hand, even if it was canceled meanwhile: what is
    sent still leaves its request and answer. It is looked at again.

    Locked, so that a worker that comes late sees either nothing or all of this. When they were
    erased is when that began: what it canceled ended at that time or later.
    """
    events = Event.objects.filter(pk__in=keys)
    events.filter(erased_at=None).exclude(payload="").update(erased_at=now)
    deliveries = Delivery.objects.filter(event__in=keys)
    leases = dict(deliveries.select_for_update().order_by("pk").values_list("pk", "lease_until"))
    busy = {pk for pk, lease_until in leases.items() if lease_until and lease_until > now}
    free = deliveries.filter(pk__in=set(leases) - busy, state=Delivery.State.PENDING)
    free.update(state=Delivery.State.CANCELED, finished_at=now)
    if busy:
        return False
    delete_rows(Request.objects.filter(delivery__in=list(leases)))
    Attempt.objects.filter(delivery__in=list(leases)).update(
        body="", headers="[]", is_truncated=False
    )
    events.update(payload="")
    return True
