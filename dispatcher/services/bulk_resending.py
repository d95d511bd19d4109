"""Sending again all deliveries that match, some thousands at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, QuerySet

from dispatcher import queue
from dispatcher.ids import uuid7
from dispatcher.models import BulkJob, Delivery, OwnerHold, Rule
from dispatcher.models.deliveries import ENDED
from dispatcher.sql import now

MOST_AT_ONCE = 10_000
_CHUNK = 1_000


@dataclass(frozen=True, slots=True)
class Resent:
    """How many were taken, and behind which one to go on; None when none remains."""

    taken: int
    continue_after: UUID | None


@transaction.atomic
def resend_matching(
    deliveries: QuerySet[Delivery],
    *,
    as_sent: bool,
    after: UUID | None = None,
    most: int = MOST_AT_ONCE,
) -> Resent:
    """Send again what of these has ended and whose rule still exists, oldest first.

    As sent: the same id, URL and body. Otherwise each is a new delivery by its rule's current
    configuration. At most `most` are taken; go on with `after=continue_after`.
    """
    able = resendable(deliveries, as_sent=as_sent)
    if after is not None:
        able = able.filter(uid__gt=after)
    found = list(able.order_by("uid").values_list("pk", "uid")[: most + 1])
    chosen, has_more = found[:most], len(found) > most
    keys = [pk for pk, _ in chosen]
    chunks = [keys[start : start + _CHUNK] for start in range(0, len(keys), _CHUNK)]
    resend = again if as_sent else anew
    taken = sum(resend(chunk) for chunk in chunks)
    if taken:
        transaction.on_commit(queue.ring)
    return Resent(taken, chosen[-1][1] if has_more else None)


def resendable(deliveries: QuerySet[Delivery], *, as_sent: bool) -> QuerySet[Delivery]:
    """Those of these that can be sent again: ended, not erased, their rule and owner still exist.

    Not `as_sent`: it also has a configuration to send with.
    """
    able = deliveries.filter(state__in=ENDED).exclude(rule__state=Rule.State.ARCHIVED)
    able = able.exclude(event__payload="")  # erased
    able = able.exclude(owner__in=OwnerHold.objects.filter(is_final=True).values("owner"))
    return able if as_sent else able.filter(rule__route__isnull=False)


def again(keys: Sequence[int], job: BulkJob | None = None) -> int:
    """Move what can be sent again back to waiting; how many. The job is kept with each.

    Somebody else may have been faster with some.
    """
    mark = {"job": job} if job else {}
    able = resendable(Delivery.objects.filter(pk__in=keys), as_sent=True)
    return Delivery.objects.filter(pk__in=able.values("pk"), state__in=ENDED).update(
        state=Delivery.State.PENDING,
        due_at=now(),
        round_start=F("attempts_made"),
        claims=0,
        is_parked=False,
        finished_at=None,
        **mark,
    )


def anew(keys: Sequence[int], job: BulkJob | None = None) -> int:
    """Make a new delivery for each that can be sent again, by the route that its rule has now.

    The job is kept with each new one.
    """
    able = resendable(Delivery.objects.filter(pk__in=keys), as_sent=False)
    # Nobody purges them meanwhile; their rules are left alone, workers write to those.
    rows = able.select_for_update(of=("self",), no_key=True).values(
        "pk", "event_id", "rule_id", "owner", "is_test", "event__subject", "event__type",
        "rule__route_id", "rule__route__destination_id", "rule__route__is_ordered",
    )  # fmt: skip
    made = Delivery.objects.bulk_create(_copy(row, job) for row in rows.order_by("uid"))
    return len(made)


def _copy(row: Mapping[str, Any], job: BulkJob | None) -> Delivery:
    moment = now()
    return Delivery(
        uid=uuid7(),
        event_id=row["event_id"],
        route_id=row["rule__route_id"],
        rule_id=row["rule_id"],
        destination_id=row["rule__route__destination_id"],
        owner=row["owner"],
        type=row["event__type"],
        ordering_key=row["event__subject"] if row["rule__route__is_ordered"] else "",
        due_at=moment,
        created_at=moment,
        is_test=row["is_test"],
        resend_of_id=row["pk"],
        job=job,
    )
