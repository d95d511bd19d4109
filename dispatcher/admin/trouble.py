"""What an operator should look at: destinations that are not well, rules that send nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.urls import reverse

from dispatcher.admin.chart import listing, waiting_url
from dispatcher.admin.deliveries_words import short_destination
from dispatcher.admin.waiting import MOST_EACH, Waiting, count_words, waiting_by_destination
from dispatcher.console import in_use
from dispatcher.console.wording import destination_standing, rule_standing
from dispatcher.models import Destination, Rule, Tally
from dispatcher.selecting.holds import NOT_WELL, Holds
from dispatcher.sql import now

SILENT_FOR = timedelta(days=30)
SHOWN = 8


def troubled_destinations() -> QuerySet[Destination]:
    """Those that fail, or were paused by hand."""
    return Destination.objects.filter(NOT_WELL)


def troubled_rules() -> QuerySet[Rule]:
    """Triggers, postbacks and channels that rest after failures, or are paused."""
    real = Rule.objects.filter(NOT_WELL, route__isnull=False)  # others are for tests alone
    return real.exclude(state=Rule.State.ARCHIVED).defer("credentials")


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


def destinations_in_trouble(holds: Holds) -> list[dict[str, Any]]:
    """The first of them, and how much waits for each."""
    rows = sorted(holds.destinations, key=lambda row: row.key)[:SHOWN]
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


def rules_in_trouble(holds: Holds, waiting: Waiting) -> list[dict[str, Any]]:
    """Those that hold most first, then what rests, then what is paused."""
    real = [rule for rule in holds.rules if rule.route_id]
    real.sort(key=lambda rule: (-waiting.by_rule[rule.pk], rule.state, rule.name))
    return [
        {
            "name": rule.name,
            "kind": rule.kind.capitalize(),
            "standing": rule_standing(rule),
            "waiting": waiting.words(waiting.by_rule[rule.pk]) if waiting.by_rule[rule.pk] else "",
            "waiting_url": listing(state="pending", rule__id__exact=str(rule.pk)),
            "url": rule.link or reverse("admin:dispatcher_rule_change", args=[rule.pk]),
        }
        for rule in real[:SHOWN]
    ]
