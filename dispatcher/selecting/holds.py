"""What holds deliveries back at this moment: looked up once, then asked of any of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q

from dispatcher.models import Destination, OwnerHold, Rule
from dispatcher.models.rules import Breaker

MOST = 2_000
"""Rules, destinations and owners each."""
NOT_WELL = Q(state="paused") | ~Q(breaker=Breaker.BreakerState.CLOSED)
"""Paused by hand, resting after failures, or being tried again: the others wait meanwhile."""


@dataclass(frozen=True, slots=True)
class Holds:
    """Rules, destinations and owners on hold, with what a page says of them."""

    rules: Sequence[Rule]
    destinations: Sequence[Destination]
    owners: Sequence[str]

    def condition(self) -> Q:
        """Whether a waiting delivery is held."""
        return (
            Q(rule_id__in=[rule.pk for rule in self.rules])
            | Q(destination_id__in=[place.pk for place in self.destinations])
            | Q(owner__in=self.owners)
        )


def present_holds() -> Holds:
    """What holds something now; three look-ups."""
    rules = Rule.objects.filter(NOT_WELL).exclude(state=Rule.State.ARCHIVED)
    shown = ("name", "kind", "link", "state", "state_reason", "breaker", "route_id")
    return Holds(
        list(rules.only(*shown).order_by("pk")[:MOST]),
        list(Destination.objects.filter(NOT_WELL).order_by("pk")[:MOST]),
        list(OwnerHold.objects.order_by("owner").values_list("owner", flat=True)[:MOST]),
    )
