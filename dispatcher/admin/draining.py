"""What waits for a destination: what of it is held, by what, and when the rest will be gone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.urls import reverse

from dispatcher.admin.chart import listing, waiting_url
from dispatcher.admin.waiting import MOST, Waiting, count_words, waiting_now
from dispatcher.console.wording import Standing, destination_standing, duration_words, rule_standing
from dispatcher.models import Destination, Rule
from dispatcher.rollups import Bar, Window

REASONS = 8


def draining(row: Destination, bars: Sequence[Bar], window: Window) -> dict[str, Any]:
    """What the destination's page says of what waits for it."""
    waiting = waiting_now(destination=row.pk)
    by_others = _is_well(row) and waiting.held > 0
    return {
        "standing": _standing(row, waiting),
        "waiting": count_words(waiting.total, MOST, none="none"),
        "waiting_url": waiting_url(row.pk),
        "held": waiting.words(waiting.held) if by_others else "",
        "held_url": listing(state="held", destination__id__exact=str(row.pk)),
        "held_by": list(_reasons(waiting))[:REASONS] if by_others else [],
        "drain": _drain_words(row, waiting, bars, window),
    }


def _is_well(row: Destination) -> bool:
    return row.state == Destination.State.ACTIVE and row.breaker == "closed"


def _standing(row: Destination, waiting: Waiting) -> Standing:
    standing = destination_standing(row)
    if not _is_well(row) or not waiting.held:
        return standing
    words = waiting.words(waiting.held)
    verb = "is" if words == "1" else "are"
    said = (
        f"It answers. But {words} of what waits for it {verb} held, not because of it: see below."
    )
    return Standing(standing.tone, standing.label, said)


def _reasons(waiting: Waiting) -> Iterator[dict[str, str]]:
    rules = Rule.objects.filter(pk__in=sorted(waiting.by_rule)[:REASONS]).order_by("pk")
    for rule in rules.defer("credentials"):
        yield {
            "name": rule.name,
            "said": rule_standing(rule).label.lower(),
            "url": rule.link or _rule_url(rule),
        }
    owners = len(waiting.owners)
    if owners:
        yield {
            "name": "1 customer or affiliate" if owners == 1 else f"{owners} customers, affiliates",
            "said": "not active",
            "url": "",
        }


def _rule_url(rule: Rule) -> str:
    return reverse("admin:dispatcher_rule_change", args=[rule.pk])


def _drain_words(row: Destination, waiting: Waiting, bars: Sequence[Bar], window: Window) -> str:
    """When what is not held will have been sent, by how fast it went when it went fastest."""
    free = waiting.total - waiting.held
    if not waiting.total:
        return "nothing waits"
    if row.state == Destination.State.PAUSED:
        return "when somebody resumes it"
    if row.breaker != "closed":
        return "when it answers again"
    if not free:
        return "when what holds it goes on"
    fastest = max((bar.figures.delivered for bar in bars), default=0)
    if not fastest:
        return "not known: nothing was delivered lately"
    seconds = max(1, round(free * window.per_bar.total_seconds() / fastest))
    about = f"in {'more than' if waiting.is_cut else 'about'} {duration_words(seconds)}"
    return f"{about}, but for what is held" if waiting.held else about
