"""News from the dispatcher: what failed, and rules that were paused or resumed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone

from dispatcher.configuration import saving
from offers import notices
from offers.models import Postback
from offers.services.resuming import BY_HAND, pause_failing


def watch_failures(*, delivery_ids: Sequence[int], **_: Any) -> None:
    """Deliveries failed for good: a postback that only ever fails is paused."""
    pause_failing(delivery_ids)


def tell_of_pause(*, rule_id: int, reason: str = "", **_: Any) -> None:
    """After failures, by a receiver's 410 or from the ledgers: affiliate and operator are told."""
    found = Postback.objects.select_related("affiliate", "offer").filter(rule_id=rule_id)
    postback = found.filter(is_active=True).first()  # not: switched off by hand
    if postback is not None and reason != BY_HAND:
        notices.tell_of_pause(postback, reason=reason)


@transaction.atomic
def follow_resume(*, rule_id: int, **_: Any) -> None:
    """Resumed from the ledgers: failures count anew, and what was switched off is on again."""
    found = Postback.objects.filter(rule_id=rule_id, rule__state="active")
    found.update(failures_count_from=timezone.now())
    if found.filter(is_active=False).update(is_active=True, updated_at=timezone.now()):
        saving.save(Postback.objects.get(rule_id=rule_id), by=None, reason="Resumed")
