"""For the question "Why was nothing sent?": rules that were considered, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.safestring import SafeString

from dispatcher.admin.deliveries_words import prepare_deliveries, short_destination
from dispatcher.console import display, names
from dispatcher.console.coming import Coming, coming
from dispatcher.console.near_misses import near_misses
from dispatcher.console.wording import Standing, type_label
from dispatcher.models import Delivery, Event, Skip
from dispatcher.selecting import meant

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


@dataclass(frozen=True, slots=True)
class Found:
    """What is known of what was asked for: events, and what is still to come."""

    answers: list[Answer]
    coming: list[Coming]
    is_known: bool


def find(text: str) -> Found:
    """The events that are meant, newest first, each with its rules; a bounded number of queries."""
    events = _by_id(text)
    known: Sequence[str] = ()
    if not events:
        found = meant(text)
        known = found.known
        looks = (list(look.defer("payload")[:EVENTS]) for look in found.looks)
        events = next(filter(None, looks), [])
    answers = _answers(events)
    for answer in answers[:1]:
        answer.near = [_near(miss) for miss in near_misses(answer.event)]
    subjects = {*known, *(event.subject for event in events)} - {""}
    return Found(answers, coming(subjects) if subjects else [], bool(known))


def _answers(events: Sequence[Event]) -> list[Answer]:
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
    about = {one.event.subject: one.about for one in deliveries}  # type: ignore[attr-defined]
    _title(list(found.values()), about)
    return list(found.values())


def _by_id(text: str) -> list[Event]:
    try:
        identifier = UUID(text.removeprefix("msg_"))
    except ValueError:
        return []
    of_delivery = Delivery.objects.filter(uid=identifier).values_list("event_id", flat=True)
    wanted = [identifier, *of_delivery[:1]]
    return list(Event.objects.filter(pk__in=wanted).defer("payload").order_by("-id"))


def _answer(event: Event) -> Answer:
    return Answer(event, "", reverse("admin:dispatcher_event_change", args=[event.pk]))


def _title(answers: Sequence[Answer], known: Mapping[str, str]) -> None:
    """Call each by what it is about; `known` are names that have been looked up."""
    unknown = {answer.event.subject for answer in answers} - {*known, ""}
    named = {**known, **{key: name.label for key, name in names.resolve(unknown).items()}}
    for answer in answers:
        subject = named.get(answer.event.subject, "")
        answer.title = type_label(answer.event.type) + (f" · {subject}" if subject else "")


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
