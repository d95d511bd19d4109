"""The pages that `bench.pages` measures, with values that are in the database."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import combinations
from typing import Any

from django.contrib.admin import site
from django.db.models import Count, Model, Q
from django.urls import reverse
from django.utils import timezone

from dispatcher.models import Delivery, Destination, Event, Request, Rule
from dispatcher.selecting.times import span_text
from notifications.models import Order
from offers.models import Conversion

LIST, OVERVIEW = 300.0, 500.0


@dataclass(frozen=True, slots=True)
class Page:
    """What is asked for, and in how many milliseconds it should be there."""

    name: str
    path: str
    query: dict[str, str] = field(default_factory=dict)
    limit: float = LIST


def pages() -> Iterator[Page]:
    """Every list, filter, combination of two filters, search and page of one."""
    for window in ("hour", "day", "week", "month"):
        yield Page(f"overview, {window}", reverse("admin:index"), {"window": window}, OVERVIEW)
    listing = reverse("admin:dispatcher_delivery_changelist")
    yield Page("deliveries, deep", listing, {"before": str(Delivery.objects.count() // 2)})
    yield from _filtered("deliveries", listing, delivery_filters())
    for name, text in searches().items():
        yield Page(f"deliveries: search {name}", listing, {"q": text})
    yield from _events()
    yield from _others()
    yield from _conversions()
    yield from _orders()
    yield from _all_lists()


def delivery_filters() -> dict[str, dict[str, str]]:
    """A common and a rare value of each filter of spec section 5."""
    rules = _by_frequency("rule_id")
    owners = _by_frequency("owner")
    places = _by_frequency("destination_id")
    types = _by_frequency("event__type")
    now = timezone.now()
    then = now - timedelta(days=120)
    return {
        "failed": {"state": "failed"},
        "delivered": {"state": "delivered"},
        "waiting": {"state": "pending"},
        "held": {"state": "held"},
        "canceled": {"state": "canceled"},
        "timed out": {"outcome": "timed_out"},
        "TLS failed": {"outcome": "tls_failed"},
        "busy rule": {"rule__id__exact": rules[0]},
        "rare rule": {"rule__id__exact": rules[-1]},
        "busy customer": {"for": owners[0]},
        "rare customer": {"for": owners[-1]},
        "busy destination": {"destination__id__exact": places[0]},
        "rare destination": {"destination__id__exact": places[-1]},
        "event": {"type": types[0]},
        "rare event": {"type": types[-1]},
        "today": {"created_at_from": f"{now:%Y-%m-%d}"},
        "a day long ago": {
            "created_at_from": f"{then:%Y-%m-%d}",
            "created_at_to": f"{then:%Y-%m-%d}",
        },
        "a month long ago": {
            "created_at_from": f"{then:%Y-%m-%d}",
            "created_at_to": f"{then + timedelta(days=30):%Y-%m-%d}",
        },
        "ended in an hour long ago": {"ended": span_text(then, then + timedelta(hours=1))},
        "ended in 30 days": {"ended": "30d"},
        "test runs": {"test": "yes"},
    }


def _by_frequency(column: str) -> list[str]:
    return [value for value in _by_count(Delivery, column) if value not in {"None", ""}]


def searches() -> dict[str, str]:
    """What somebody may have in hand."""
    row: Any = Delivery.objects.select_related("event").order_by("id")[1000]
    busy = _busiest_subject()
    url = Request.objects.order_by("pk")[500].url
    return {
        "order": row.event.subject.partition(":")[2],
        "order with many events": busy.partition(":")[2],
        "event id": str(row.event_id),
        "webhook-id": str(row.uid),
        "URL": url,
        "host": url.split("/hooks")[0],
        "what is not there": "PO-none-such",
        "URL that is not there": f"{url}/none-such",
    }


def _busiest_subject() -> str:
    counted = Event.objects.values_list("subject").annotate(count=Count("id")).order_by("-count")
    return str(counted[0][0])


def _events() -> Iterator[Page]:
    listing = reverse("admin:dispatcher_event_changelist")
    filters = delivery_filters()
    yield Page("events", listing)
    chosen = [name for name in filters if not set(filters[name]) - {"type", "for", "test"}]
    chosen += ["today", "a day long ago"]
    for name in chosen:
        query = {
            key.replace("created_at", "received_at"): value for key, value in filters[name].items()
        }
        yield Page(f"events: {name}", listing, query)
    for first, second in combinations(["busy customer", "rare customer", "event", "rare event"], 2):
        if not set(filters[first]) & set(filters[second]):
            yield Page(f"events: {first} + {second}", listing, filters[first] | filters[second])
    for name in ("order", "event id"):
        yield Page(f"events: search {name}", listing, {"q": searches()[name]})


def _others() -> Iterator[Page]:
    for span in ("24h", "30d"):
        address = reverse("admin:dispatcher_delivery_failures")
        yield Page(f"failures by cause, {span}", address, {"span": span})
    why = reverse("admin:dispatcher_delivery_why")
    for name, text in searches().items():
        if "URL" not in name and name != "host":
            yield Page(f"why was nothing sent: {name}", why, {"q": text})
    matching = reverse("admin:dispatcher_delivery_matching")
    yield Page("all that match, a month's failures", matching, {"state": "failed", "ended": "30d"})
    yield Page("all that match, everything", matching)
    yield Page("destinations", reverse("admin:dispatcher_destination_changelist"))
    yield Page("rules", reverse("admin:dispatcher_rule_changelist"))
    rows = {
        "a delivery that arrived": Delivery.objects.filter(state="delivered", attempts_made__gt=0),
        "a delivery that failed": Delivery.objects.filter(state="failed", attempts_made__gt=3),
        "a delivery that waits": Delivery.objects.filter(state="pending"),
    }
    for name, found in rows.items():
        row = found.order_by("-id").first()
        if row:
            yield Page(name, reverse("admin:dispatcher_delivery_change", args=[row.pk]))
    event = Event.objects.filter(~Q(skips=None)).order_by("-id").first()
    if event:
        yield Page("an event", reverse("admin:dispatcher_event_change", args=[event.pk]))
    busiest = int(_by_frequency("destination_id")[0])
    for name, pk in {
        "the busiest destination": busiest,
        "a destination that is down": Destination.objects.exclude(breaker="closed")[0].pk,
        "a paused destination": Destination.objects.filter(state="paused")[0].pk,
    }.items():
        yield Page(name, reverse("admin:dispatcher_destination_change", args=[pk]))
    rule = Rule.objects.get(pk=int(_by_frequency("rule_id")[0]))
    yield Page("the busiest rule", reverse("admin:dispatcher_rule_change", args=[rule.pk]))


def _conversions() -> Iterator[Page]:
    listing = reverse("admin:offers_conversion_changelist")
    offers, affiliates = _by_count(Conversion, "offer_id"), _by_count(Conversion, "affiliate_id")
    day = f"{timezone.now() - timedelta(days=120):%Y-%m-%d}"
    filters = {
        "done": {"status__exact": "done"},
        "pending": {"status__exact": "pending"},
        "rejected": {"status__exact": "rejected"},
        "busy offer": {"offer__id__exact": offers[0]},
        "rare offer": {"offer__id__exact": offers[-1]},
        "busy affiliate": {"affiliate__id__exact": affiliates[0]},
        "rare affiliate": {"affiliate__id__exact": affiliates[-1]},
        "a day long ago": {"created_at_from": day, "created_at_to": day},
        "since long ago": {"created_at_from": day},
        "until long ago": {"created_at_to": day},
    }
    yield from _filtered("conversions", listing, filters)
    row = Conversion.objects.order_by("id")[1000]
    for name, text in {"transaction": row.transaction_id, "click": row.click_id}.items():
        yield Page(f"conversions: search {name}", listing, {"q": text})
    yield Page("a conversion", reverse("admin:offers_conversion_change", args=[row.pk]))
    yield Page("reconciliation", reverse("admin:offers_conversion_reconciliation"))


def _orders() -> Iterator[Page]:
    listing = reverse("admin:notifications_order_changelist")
    day = f"{timezone.now() - timedelta(days=120):%Y-%m-%d}"
    filters = {
        "shop": {"source": "shop"},
        "admin": {"source": "admin"},
        "waiting for the thank-you page": {"notifications": "completing"},
        "one has failed": {"notifications": "failed"},
        "one is waiting": {"notifications": "pending"},
        "one was delivered": {"notifications": "delivered"},
        "a day long ago": {"placed_at_from": day, "placed_at_to": day},
        "since long ago": {"placed_at_from": day},
        "until long ago": {"placed_at_to": day},
    }
    yield from _filtered("orders", listing, filters)
    row = Order.objects.order_by("id")[1000]
    for name, text in {"number": row.number, "address": row.email}.items():
        yield Page(f"orders: search {name}", listing, {"q": text})
    yield Page("an order", reverse("admin:notifications_order_change", args=[row.pk]))


def _all_lists() -> Iterator[Page]:
    """Every list there is as it opens, and the page of its newest row."""
    admins = sorted(site._registry.values(), key=lambda one: one.opts.label)  # noqa: SLF001 - Django's API
    for opts in (admin.opts for admin in admins):
        name = f"admin:{opts.app_label}_{opts.model_name}"
        yield Page(f"list of {opts.verbose_name_plural}", reverse(f"{name}_changelist"))
        newest = opts.default_manager.order_by("-pk").first()
        if newest is not None:
            path = reverse(f"{name}_change", args=[newest.pk])
            yield Page(f"page of {opts.verbose_name}", path)


def _filtered(name: str, listing: str, filters: dict[str, dict[str, str]]) -> Iterator[Page]:
    """The list, each filter, and each pair of filters that can be set together."""
    yield Page(name, listing)
    for words, query in filters.items():
        yield Page(f"{name}: {words}", listing, query)
    for (first, one), (second, other) in combinations(filters.items(), 2):
        if not set(one) & set(other):
            yield Page(f"{name}: {first} + {second}", listing, one | other)


def _by_count(model: type[Model], column: str) -> list[str]:
    rows = model._default_manager.values_list(column)  # noqa: SLF001 - Django's API
    return [str(value) for value, _ in rows.annotate(count=Count("id")).order_by("-count")]
