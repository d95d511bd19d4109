"""The ledger of events: what happened, and what was sent or not sent because of it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from dispatcher.admin.active import FilteredChangeList, Words
from dispatcher.admin.base import LedgerAdmin
from dispatcher.admin.day_filters import EventDayFilter
from dispatcher.admin.deliveries_words import (
    label_of,
    next_try,
    prepare_deliveries,
    short_destination,
)
from dispatcher.admin.filters import EventForFilter, EventTypeFilter, TestFilter
from dispatcher.console import display, names
from dispatcher.console.documents import pretty
from dispatcher.console.erased import erased_words
from dispatcher.console.wording import Standing, type_label
from dispatcher.models import Delivery, Event, Skip
from dispatcher.selecting import describe_each, find_events

DELIVERIES_SHOWN = 100
_AS_DELIVERIES = ("type", "for", "test", "q")
TONES = {
    Delivery.State.DELIVERED: ("good", "delivered"),
    Delivery.State.FAILED: ("bad", "failed"),
    Delivery.State.PENDING: ("info", "waiting"),
    Delivery.State.CANCELED: ("idle", "canceled"),
}


@admin.register(Event)
class EventAdmin(LedgerAdmin[Event]):
    page_template = "admin/dispatcher/event/page.html"
    list_display = ("what", "whom", "results", "received")
    list_filter = (EventTypeFilter, EventForFilter, ("received_at", EventDayFilter), TestFilter)
    search_fields = ("id",)
    search_help_text = "Order, transaction, contact or event id"
    empty_text = (
        "Events appear here when your systems report them. "
        "If you searched for one: enter the whole order number or id."
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Event]:
        queryset = super().get_queryset(request)
        is_page = bool(request.resolver_match and "object_id" in request.resolver_match.kwargs)
        return queryset if is_page else queryset.defer("payload")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Event], search_term: str
    ) -> tuple[QuerySet[Event], bool]:
        text = search_term.strip()
        if not text:
            return queryset, False
        return find_events(queryset, text), False

    def filter_words(self, changelist: FilteredChangeList) -> list[Words]:
        """As those of deliveries that are called the same, and by when it was received."""
        asked = changelist.parameters()
        said = describe_each({name: asked[name] for name in _AS_DELIVERIES if name in asked})
        days = (spec for spec in changelist.filter_specs if isinstance(spec, EventDayFilter))
        return said + [words for spec in days for words in spec.words()]

    def prepare(self, request: HttpRequest, rows: Sequence[Event]) -> None:
        prepare_events(rows)

    @admin.display(description="What happened")
    def what(self, event: Event) -> SafeString:
        subject = event.about or "no subject"  # type: ignore[attr-defined] # by prepare
        test = format_html('<span class="pb-chip">Test</span> {}', subject)
        return display.two_lines(
            type_label(event.type), test if event.is_test else subject, self.page_url(event.pk)
        )

    @admin.display(description="For")
    def whom(self, event: Event) -> SafeString | str:
        return display.link(event.owner_name)  # type: ignore[attr-defined]

    @admin.display(description="Deliveries")
    def results(self, event: Event) -> SafeString | str:
        return result_badges(event)

    @admin.display(description="Received")
    def received(self, event: Event) -> SafeString | str:
        return display.moment(event.received_at)

    def page_title(self, row: Event) -> str:
        return f"{type_label(row.type)} · {names.label(row.subject) or row.pk}"

    def page_context(self, request: HttpRequest, row: Event) -> Mapping[str, Any]:
        deliveries = list(
            row.deliveries.select_related("rule", "destination")
            .defer("rule__credentials")
            .order_by("-id")[: DELIVERIES_SHOWN + 1]
        )
        prepare_deliveries(deliveries)
        skips = row.skips.select_related("rule").defer("rule__credentials").order_by("id")
        return {
            "type_label": type_label(row.type),
            "subject": names.label(row.subject),
            "owner_name": names.resolve([row.owner]).get(row.owner),
            "emitter": _emitter(row.emitter),
            "payload": pretty(row.payload) if row.payload else "",
            "erased": _erased(row, has_deliveries=bool(deliveries)),
            "deliveries": [_delivery_row(delivery) for delivery in deliveries[:DELIVERIES_SHOWN]],
            "has_more": len(deliveries) > DELIVERIES_SHOWN,
            "skips": [_skip_row(skip) for skip in skips[:DELIVERIES_SHOWN]],
            "deliveries_url": reverse("admin:dispatcher_delivery_changelist"),
        }


def _erased(event: Event, *, has_deliveries: bool) -> str:
    """What to say where it was erased; empty where its payload is there or was purged, which is
    done only when its deliveries have been.
    """
    if event.payload or not (event.erased_at or has_deliveries):
        return ""
    return erased_words(event.erased_at)


def prepare_events(rows: Sequence[Event]) -> None:
    """Attach `owner_name`, `about`, `states` (deliveries by state) and `skipped` to events."""
    found = names.resolve(part for event in rows for part in (event.owner, event.subject))
    ids = [event.pk for event in rows]
    states: dict[UUID, Counter[str]] = defaultdict(Counter)
    counted = Delivery.objects.filter(event_id__in=ids).values_list("event_id", "state")
    for event_id, state, count in counted.annotate(Count("id")).order_by():
        states[event_id][state] = count
    skipped = dict(
        Skip.objects.filter(event_id__in=ids).values_list("event_id").annotate(Count("id"))
    )
    for event in rows:
        event.owner_name = found.get(event.owner)  # type: ignore[attr-defined]
        event.about = label_of(found, event.subject)  # type: ignore[attr-defined]
        event.states = states[event.pk]  # type: ignore[attr-defined]
        event.skipped = skipped.get(event.pk, 0)  # type: ignore[attr-defined]


def result_badges(event: Event) -> SafeString | str:
    """The outcomes as badges: "2 delivered", "1 failed", "1 not sent"."""
    states: Counter[str] = event.states  # type: ignore[attr-defined]
    badges = [
        display.badge(Standing(tone, f"{states[state]} {word}"))
        for state, (tone, word) in TONES.items()
        if states[state]
    ]
    if event.skipped:  # type: ignore[attr-defined]
        badges.append(display.badge(Standing("idle", f"{event.skipped} not sent")))  # type: ignore[attr-defined]
    if not badges:
        return format_html('<span class="pb-quiet">{}</span>', "nothing to send")
    return format_html(
        '<span class="pb-badges">{}</span>', format_html_join("", "{}", ((b,) for b in badges))
    )


def _delivery_row(delivery: Delivery) -> dict[str, Any]:
    destination = delivery.destination.key if delivery.destination else ""
    return {
        "delivery": delivery,
        "url": reverse("admin:dispatcher_delivery_change", args=[delivery.pk]),
        "rule_url": delivery.rule.link or _rule_url(delivery.rule_id),
        "destination": short_destination(destination),
        "badge": display.badge(delivery.standing),  # type: ignore[attr-defined]
        "next_try": next_try(delivery),
        "created": display.moment(delivery.created_at),
    }


def _skip_row(skip: Skip) -> dict[str, Any]:
    return {"skip": skip, "rule_url": skip.rule.link or _rule_url(skip.rule_id)}


def _rule_url(rule_id: int) -> str:
    return reverse("admin:dispatcher_rule_change", args=[rule_id])


def _emitter(emitter: str) -> str:
    """Who called the API, by name."""
    return names.resolve([emitter])[emitter].label if emitter else ""
