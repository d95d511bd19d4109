"""News from the dispatcher: a rule that it paused or resumed is a trigger's status, too."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone

from dispatcher.configuration import saving
from postbacks.models import Trigger


def follow_pause(*, rule_id: int, reason: str = "", **_: Any) -> None:
    """The receiver answered 410, say: the trigger shows as paused, and why is in its history."""
    _follow(rule_id, "paused", Trigger.Status.ACTIVE, Trigger.Status.PAUSED, reason)


def follow_resume(*, rule_id: int, **_: Any) -> None:
    """A paused rule was resumed from the ledgers."""
    _follow(rule_id, "active", Trigger.Status.PAUSED, Trigger.Status.ACTIVE, "Resumed")


@transaction.atomic
def _follow(rule_id: int, rule_state: str, before: str, after: str, reason: str) -> None:
    moved = Trigger.objects.filter(rule_id=rule_id, rule__state=rule_state, status=before).update(
        status=after, updated_at=timezone.now()
    )
    if moved:
        saving.save(Trigger.objects.get(rule_id=rule_id), by=None, reason=reason[:100])
