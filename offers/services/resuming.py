"""A postback that failed again and again pauses; somebody mends it and lets it go on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from dispatcher import services as dispatcher
from dispatcher.configuration import saving
from dispatcher.configuration.saving import Author
from offers.models import Postback

RULE_PAUSED = "paused"
BY_HAND = "Paused by hand."


def is_paused(postback: Postback) -> bool:
    """Whether it was paused (after failures, say) although it is switched on: it can be resumed."""
    return postback.is_active and postback.rule.state == RULE_PAUSED


def held_count(postback: Postback) -> int:
    """How many deliveries wait for this postback; counting stops at 10,000."""
    return dispatcher.waiting_for(postback.rule_id)


@transaction.atomic
def pause_postback(*, postback: Postback, by: Author = None) -> Postback:
    """Hold what waits and what comes, until `resume_postback`; nothing is skipped meanwhile.

    Raises ValidationError unless it is active and not paused, ChangedMeanwhileError when somebody
    else was faster.
    """
    before = saving.take(postback)
    assert before is not None  # noqa: S101 - only saved ones can be paused
    if not before.is_active:
        raise ValidationError("The postback is not active.", code="conflict")
    saving.save(before, by=by, reason="Paused")
    if not dispatcher.pause_rule(before.rule_id, reason=BY_HAND):
        raise ValidationError("The postback is paused already.", code="conflict")
    postback.refresh_from_db()
    return postback


@transaction.atomic
def resume_postback(*, postback: Postback, send_held: bool, by: Author = None) -> int:
    """Let a paused postback go on; what was held is sent, or canceled (the count is returned).

    Failures before this do not pause it again. Raises ValidationError unless it is paused,
    ChangedMeanwhileError when somebody else was faster.
    """
    before = saving.take(postback)
    assert before is not None  # noqa: S101 - only saved ones can be paused
    if not before.is_active:
        raise ValidationError("The postback is not active. Activate it instead.", code="conflict")
    if before.rule.state != RULE_PAUSED:
        raise ValidationError("The postback is not paused.", code="conflict")
    before.failures_count_from = timezone.now()
    reason = "Resumed, held ones sent" if send_held else "Resumed, held ones canceled"
    saving.save(before, by=by, reason=reason)
    canceled = 0
    if send_held:
        dispatcher.resume_rule(before.rule_id)
    else:
        canceled = dispatcher.discard_held(before.rule_id)
    postback.refresh_from_db()
    return canceled


def pause_failing(delivery_ids: Sequence[int]) -> list[int]:
    """Pause the postbacks whose last deliveries all failed for good; the rules that were.

    `delivery_ids` have just failed; two statements for each rule among them, none otherwise.
    """
    count = settings.OFFERS_PAUSE_AFTER_FAILURES
    if count <= 0:
        return []
    last = dispatcher.rules_of_failures(delivery_ids, kind="postback")
    found = Postback.objects.filter(rule__in=last).values_list("rule_id", "failures_count_from")
    reason = f"{count} deliveries failed, one after the other."
    return [
        rule_id
        for rule_id, resumed_at in found
        if dispatcher.failed_in_a_row(
            rule_id, last=last[rule_id], count=count, since=_since(resumed_at)
        )
        and dispatcher.pause_rule(rule_id, reason=reason)
    ]


def _since(resumed_at: datetime | None) -> datetime:
    start = timezone.now() - timedelta(hours=settings.OFFERS_PAUSE_WITHIN_HOURS)
    return max(start, resumed_at) if resumed_at else start
