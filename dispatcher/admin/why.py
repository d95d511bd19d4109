"""For the question "Why was nothing sent?": rules that were considered, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.urls import reverse
from django.utils.safestring import SafeString

from dispatcher.admin.deliveries_words import prepare_deliveries, short_destination
from dispatcher.console import display, names
from dispatcher.console.near_misses import near_misses
from dispatcher.console.wording import Standing, type_label
from dispatcher.models import Delivery, Event, Skip

EVENTS = 20
ROWS = 500


@dataclass(frozen=True, slots=True)
class Line:
    """One rule, and why it did or did not send."""

    rule: str
    rule_url: str
    badge: SafeString
    reason: str
    url: str = ""


@dataclass(slots=True)
class Answer:
    """An event with all that it caused and did not cause."""

    event: Event
    title: str
    url: str
    lines: list[Line] = field(default_factory=list)
    near: list[Line] = field(default_factory=list)


def answers(text: str) -> list[Answer]:
    """The events that are meant, newest first, each with its rules; a bounded number of queries."""
    events = list(_events(text).defer("payload").order_by("-id")[:EVENTS])
    found = {event.pk: _answer(event) for event in events}
    deliveries = list(
        Delivery.objects.filter(event_id__in=found)
        .select_related("event", "rule", "destination")
        .defer("event__payload", "rule__credentials")
        .order_by("id")[:ROWS]
    )
    prepare_deliveries(deliveries)
    for delivery in deliveries:
        found[delivery.event_id].lines.append(_sent(delivery))
    skips = Skip.objects.filter(event_id__in=found).select_related("rule")
    for skip in skips.defer("rule__credentials").order_by("id")[:ROWS]:
        found[skip.event_id].lines.append(_not_sent(skip))
    for answer in list(found.values())[:1]:
        answer.near = [_near(miss) for miss in near_misses(answer.event)]
    return list(found.values())


def _events(text: str) -> Any:
    try:
        identifier = UUID(text.removeprefix("msg_"))
    except ValueError:
        return Event.objects.filter(subject__in=names.subjects(text)).exclude(subject="")
    of_delivery = Delivery.objects.filter(uid=identifier).values_list("event_id", flat=True)
    return Event.objects.filter(Q(pk=identifier) | Q(pk__in=list(of_delivery[:1])))


def _answer(event: Event) -> Answer:
    about = names.readable(event.subject)
    title = type_label(event.type) + (f" · {about}" if about else "")
    return Answer(event, title, reverse("admin:dispatcher_event_change", args=[event.pk]))


def _sent(delivery: Delivery) -> Line:
    standing: Standing = delivery.standing  # type: ignore[attr-defined]
    place = short_destination(delivery.destination.key) if delivery.destination else ""
    reason = standing.sentence
    if delivery.state == Delivery.State.FAILED:
        reason = f"{delivery.cause_words}. {reason}"  # type: ignore[attr-defined]
    return Line(
        rule=delivery.rule.name,
        rule_url=delivery.rule.link
        or reverse("admin:dispatcher_rule_change", args=[delivery.rule_id]),
        badge=display.badge(standing),
        reason=f"To {place}: {reason}" if place else reason,
        url=reverse("admin:dispatcher_delivery_change", args=[delivery.pk]),
    )


def _not_sent(skip: Skip) -> Line:
    return Line(
        rule=skip.rule.name,
        rule_url=skip.rule.link or reverse("admin:dispatcher_rule_change", args=[skip.rule_id]),
        badge=display.badge(Standing("idle", "Not sent")),
        reason=skip.reason,
    )


def _near(miss: Any) -> Line:
    return Line(
        rule=miss.name,
        rule_url=miss.url,
        badge=display.badge(Standing("idle", "Does not match")),
        reason=miss.reason,
    )
