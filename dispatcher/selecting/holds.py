"""What holds deliveries back at this moment.

It is asked in the very statement that looks at the deliveries, never of keys looked up before: so
it is right however many rules, destinations and owners are on hold, most of which hold nothing.
"""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q

from dispatcher.models import Destination, OwnerHold, Rule
from dispatcher.models.rules import Breaker

NOT_WELL = Q(state="paused") | ~Q(breaker=Breaker.BreakerState.CLOSED)
"""Paused by hand, resting after failures, or being tried again: the others wait meanwhile."""
RULE_NOT_WELL = NOT_WELL & ~Q(state=Rule.State.ARCHIVED)
"""The same of a rule that still exists."""

HOLDERS = """
    JOIN dispatcher_rule r ON r.id = those.rule_id
    LEFT JOIN dispatcher_destination x ON x.id = those.destination_id
    LEFT JOIN dispatcher_ownerhold h ON h.owner = those.owner
"""
"""What may hold `those`, in SQL; `RULE_HOLDS` and the others say whether it does."""
RULE_HOLDS = "(r.state = 'paused' OR (r.breaker <> 'closed' AND r.state <> 'archived'))"
DESTINATION_HOLDS = "COALESCE(x.state = 'paused' OR x.breaker <> 'closed', FALSE)"
OWNER_HOLDS = "(h.owner IS NOT NULL)"


def held() -> Q:
    """Whether something holds a delivery that waits; for conditions on deliveries themselves."""
    rules = Rule.objects.filter(RULE_NOT_WELL, pk=OuterRef("rule_id"))
    destinations = Destination.objects.filter(NOT_WELL, pk=OuterRef("destination_id"))
    owners = OwnerHold.objects.filter(pk=OuterRef("owner"))
    return Q(Exists(rules)) | Q(Exists(destinations)) | Q(Exists(owners))
