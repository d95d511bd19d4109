"""What an operator should look at: destinations that are not well, rules that send nothing."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any, NamedTuple

from django.db.models import (
    Case,
    CharField,
    Count,
    Exists,
    IntegerField,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Value,
    When,
)
from django.urls import reverse

from dispatcher.admin.chart import listing, waiting_url
from dispatcher.admin.deliveries_words import short_destination
from dispatcher.admin.waiting import MOST_EACH, Waiting, count_words, waiting_by_destination
from dispatcher.console import in_use
from dispatcher.console.wording import destination_standing, rule_standing
from dispatcher.models import Destination, Rule, Tally
from dispatcher.selecting.holds import NOT_WELL, RULE_NOT_WELL
from dispatcher.sql import now

SILENT_FOR = timedelta(days=30)
SHOWN = 8
DESTINATION = "destination"
_PAUSED = Case(When(state="paused", then=Value(True)), default=Value(False))  # noqa: FBT003


class OnHold(NamedTuple):
    """So many rules of a kind, or destinations, that are paused or rest; the first one's name."""

    kind: str
    is_paused: bool
    amount: int
    name: str


def troubled_destinations() -> QuerySet[Destination]:
    """Those that fail, or were paused by hand."""
    return Destination.objects.filter(NOT_WELL)


def troubled_rules() -> QuerySet[Rule]:
    """Triggers, postbacks and channels that rest after failures, or are paused."""
    real = Rule.objects.filter(RULE_NOT_WELL, route__isnull=False)  # others are for tests alone
    return real.defer("credentials")


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


def on_hold(waiting: Waiting) -> list[OnHold]:
    """What holds deliveries or may hold the next, in an order that stays; one statement.

    Left out where nothing waits for it: a rule that was paused, and one for tests alone.
    """
    counted = {"amount": Count("pk"), "is_paused": _PAUSED}
    may_hold = Q(state=Rule.State.ACTIVE, route__isnull=False) | Q(pk__in=list(waiting.by_rule))
    rules = Rule.objects.filter(RULE_NOT_WELL).filter(may_hold).values("kind")
    places = troubled_destinations().values(kind=Value(DESTINATION, CharField()))
    columns = ("kind", "is_paused", "amount", "first")
    found = rules.annotate(**counted, first=Min("name")).values_list(*columns)
    found = found.union(places.annotate(**counted, first=Min("key")).values_list(*columns))
    return sorted(OnHold(kind or "rule", *rest) for kind, *rest in found)


def destinations_in_trouble() -> list[dict[str, Any]]:
    """The first of them, and how much waits for each."""
    rows = list(troubled_destinations().order_by("key")[:SHOWN])
    waiting = waiting_by_destination([row.pk for row in rows])
    return [
        {
            "name": short_destination(row.key),
            "standing": destination_standing(row),
            "waiting": count_words(waiting[row.pk], MOST_EACH, none=""),
            "waiting_url": waiting_url(row.pk),
            "url": reverse("admin:dispatcher_destination_change", args=[row.pk]),
        }
        for row in rows
    ]


def rules_in_trouble(waiting: Waiting) -> list[dict[str, Any]]:
    """Those that hold most first, then what rests, then what is paused."""
    rules = troubled_rules().order_by(_waiting_for_it(waiting.by_rule).desc(), "state", "name")
    return [
        {
            "name": rule.name,
            "kind": rule.kind.capitalize(),
            "standing": rule_standing(rule),
            "waiting": waiting.words(waiting.by_rule[rule.pk]) if waiting.by_rule[rule.pk] else "",
            "waiting_url": listing(state="pending", rule__id__exact=str(rule.pk)),
            "url": rule.link or reverse("admin:dispatcher_rule_change", args=[rule.pk]),
        }
        for rule in rules[:SHOWN]
    ]


def _waiting_for_it(by_rule: Counter[int]) -> Case:
    """How much waits for a rule, as far as it takes to find those for which most does."""
    highest = sorted(set(by_rule.values()), reverse=True)[:SHOWN]
    keys = {count: [pk for pk, waits in by_rule.items() if waits == count] for count in highest}
    known = [When(pk__in=keys[count], then=Value(count)) for count in highest]
    return Case(*known, default=Value(0), output_field=IntegerField())
