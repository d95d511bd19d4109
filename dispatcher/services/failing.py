"""Which rules fail again and again, asked only when something failed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Max

from dispatcher.models import Delivery, Rule

WINDOW = 1_000
_ENDED = (Delivery.State.DELIVERED, Delivery.State.FAILED)


def rules_of_failures(delivery_ids: Sequence[int], *, kind: str) -> dict[int, int]:
    """The active rules of this kind among these failed deliveries, with the last one of each."""
    failed = Delivery.objects.filter(
        pk__in=delivery_ids, is_test=False, rule__kind=kind, rule__state=Rule.State.ACTIVE
    )
    return dict(failed.values_list("rule_id").annotate(last=Max("pk")))


def failed_in_a_row(rule_id: int, *, last: int, count: int, since: datetime) -> bool:
    """Whether the newest `count` deliveries that ended all failed since then.

    `last` is the newest of those that just failed. Test runs do not count. Looks at the newest
    thousand, and where nearly all of those still wait, from `last` on: never at a whole queue.
    """
    real = Delivery.objects.filter(rule_id=rule_id, is_test=False)
    ended = real.filter(state__in=_ENDED).order_by("-pk").values_list("state", "finished_at")
    newest = list(ended.filter(pk__in=real.order_by("-pk").values("pk")[:WINDOW])[:count])
    if not _all_failed(newest, since):
        return False
    if len(newest) < count:
        newest = list(ended.filter(pk__lte=last)[:count])
    return len(newest) == count and _all_failed(newest, since)


def _all_failed(rows: Sequence[tuple[str, datetime | None]], since: datetime) -> bool:
    return all(
        state == Delivery.State.FAILED and finished_at is not None and finished_at >= since
        for state, finished_at in rows
    )
