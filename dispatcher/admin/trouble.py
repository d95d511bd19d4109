"""What an operator should look at: destinations that are not well, rules that send nothing."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet

from dispatcher.console import in_use
from dispatcher.models import Destination, Rule, Tally
from dispatcher.models.rules import Breaker
from dispatcher.sql import now

SILENT_FOR = timedelta(days=30)


def troubled_destinations() -> QuerySet[Destination]:
    """Those that fail, or were paused by hand."""
    closed = Breaker.BreakerState.CLOSED
    return Destination.objects.filter(~Q(breaker=closed) | Q(state=Destination.State.PAUSED))


def silent_rules() -> QuerySet[Rule]:
    """Active rules that somebody means to send by, and that sent nothing for a month."""
    sent = Tally.objects.filter(
        scope=Tally.Scope.RULE,
        key=OuterRef("pk"),
        grain=Tally.Grain.DAY,
        starts_at__gte=now() - SILENT_FOR,
    )
    active = Rule.objects.filter(state=Rule.State.ACTIVE, route__isnull=False)
    return active.filter(in_use.condition(), ~Exists(sent)).defer("credentials")
