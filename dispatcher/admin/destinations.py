"""Destinations: how each receiver is doing, and a switch to hold what goes there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import ngettext

from dispatcher import rollups, services
from dispatcher.admin.base import LedgerAdmin
from dispatcher.admin.chart import columns, time_words, waiting_url
from dispatcher.admin.deliveries_words import prepare_deliveries, short_destination
from dispatcher.admin.draining import draining
from dispatcher.admin.filters import HealthFilter
from dispatcher.admin.waiting import MOST, MOST_EACH, count_words, waiting_by_destination
from dispatcher.console import display, noting
from dispatcher.console.wording import Standing, destination_standing
from dispatcher.models import Delivery, Destination, Rule, Tally, Transition
from dispatcher.rollups.reading import DAY, WINDOWS


@admin.register(Destination)
class DestinationAdmin(LedgerAdmin[Destination]):
    page_template = "admin/dispatcher/destination/page.html"
    list_display = ("address", "health", "rate", "latency", "waiting", "since")
    list_filter = (HealthFilter,)
    search_fields = ("key",)
    search_help_text = "Host name"
    empty_text = "A destination appears here when a trigger is saved that sends there."
    actions = ("pause_selected", "resume_selected")

    def prepare(self, request: HttpRequest, rows: Sequence[Destination]) -> None:
        counts = waiting_by_destination([row.pk for row in rows])
        figures = rollups.by_key(DAY, Tally.Scope.DESTINATION, [row.pk for row in rows])
        for row in rows:
            row.figures = figures[row.pk]  # type: ignore[attr-defined]
            row.waiting_text = count_words(counts[row.pk], MOST_EACH, none="none")  # type: ignore[attr-defined]

    def has_switch_permission(self, request: HttpRequest) -> bool:
        """Pausing and resuming: for whoever may change destinations."""
        return request.user.has_perm("dispatcher.change_destination")

    @admin.display(description="Destination")
    def address(self, destination: Destination) -> SafeString:
        return format_html(
            '<a class="pb-title" href="{}">{}</a>',
            self.page_url(destination.pk),
            short_destination(destination.key),
        )

    @admin.display(description="Health")
    def health(self, destination: Destination) -> SafeString:
        return display.badge(destination_standing(destination))

    @admin.display(description="Success, last day")
    def rate(self, destination: Destination) -> str:
        return _percent(destination.figures.success_rate)  # type: ignore[attr-defined]

    @admin.display(description="Answers within (95 of 100)")
    def latency(self, destination: Destination) -> str:
        return time_words(rollups.percentile(destination.figures.latencies, 0.95))  # type: ignore[attr-defined]

    @admin.display(description="Waiting")
    def waiting(self, destination: Destination) -> SafeString:
        text = destination.waiting_text  # type: ignore[attr-defined]
        return format_html('<a href="{}">{}</a>', waiting_url(destination.pk), text)

    @admin.display(description="First seen")
    def since(self, destination: Destination) -> SafeString | str:
        return display.moment(destination.created_at)

    def page_title(self, row: Destination) -> str:
        return short_destination(row.key)

    def page_context(self, request: HttpRequest, row: Destination) -> Mapping[str, Any]:
        latest = latest_deliveries(row)
        prepare_deliveries(latest)
        listing = reverse("admin:dispatcher_delivery_changelist")
        window = WINDOWS.get(request.GET.get("window", ""), DAY)
        bars = rollups.bars(window, scope=Tally.Scope.DESTINATION, key=row.pk)
        total = rollups.total(bars)
        in_flight = Delivery.objects.filter(
            destination=row, state=Delivery.State.PENDING, lease_until__gt=timezone.now()
        )
        return {
            **draining(row, bars, window),
            "window": window,
            "windows": WINDOWS.values(),
            "columns": columns(window, bars, more=f"&destination__id__exact={row.pk}"),
            "success": _percent(total.success_rate),
            "latency": [
                time_words(rollups.percentile(total.latencies, share)) for share in (0.5, 0.95)
            ],
            "in_flight": in_flight[:MOST].count(),
            "history": _history(row),
            "failed_url": f"{listing}?state=failed&destination__id__exact={row.pk}",
            "is_paused": row.state == Destination.State.PAUSED,
            "can_resume": row.state == Destination.State.PAUSED or row.breaker != "closed",
            "tries_again": row.breaker_until
            if row.breaker_until and row.breaker_until > timezone.now()
            else None,
            "rules": Rule.objects.filter(route__destination=row)
            .exclude(state=Rule.State.ARCHIVED)
            .defer("credentials")
            .order_by("name")[:50],
            "latest": latest,
            "can_switch": self.has_switch_permission(request),
            "deliveries_url": f"{listing}?destination__id__exact={row.pk}",
        }

    def get_urls(self) -> list[URLPattern]:
        verbs = {"pause": self.pause_view, "resume": self.resume_view}
        own = [
            path(
                f"<path:object_id>/{verb}/",
                self.admin_site.admin_view(view),
                name=f"dispatcher_destination_{verb}",
            )
            for verb, view in verbs.items()
        ]
        return own + super().get_urls()

    def pause_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Hold what goes there."""
        message = "Paused: what goes there is held until you resume it."
        return self._switch(request, object_id, services.pause_destination, message)

    def resume_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Send what was held."""
        message = "Resumed: what was held is being sent."
        return self._switch(request, object_id, services.resume_destination, message)

    def _switch(
        self, request: HttpRequest, object_id: str, verb: Any, message: str
    ) -> HttpResponse:
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not self.has_switch_permission(request):
            raise PermissionDenied
        destination = self.find(request, object_id)
        _switch(destination, verb, by=request.user)
        messages.success(request, message)
        return self.to_page(destination.pk)

    @admin.action(description="Pause: hold what goes there", permissions=["switch"])
    def pause_selected(self, request: HttpRequest, queryset: QuerySet[Destination]) -> None:
        self._switch_all(request, queryset, services.pause_destination, "paused")

    @admin.action(description="Resume: send what was held", permissions=["switch"])
    def resume_selected(self, request: HttpRequest, queryset: QuerySet[Destination]) -> None:
        self._switch_all(request, queryset, services.resume_destination, "resumed")

    def _switch_all(
        self, request: HttpRequest, queryset: QuerySet[Destination], verb: Any, done: str
    ) -> None:
        rows = list(queryset)
        for row in rows:
            _switch(row, verb, by=request.user)
        text = ngettext("%d destination %s.", "%d destinations %s.", len(rows))
        messages.success(request, text % (len(rows), done))


@transaction.atomic
def _switch(destination: Destination, verb: Any, *, by: Any) -> None:
    """Pause or resume it, and keep who did."""
    before = destination_standing(destination).label
    verb(destination.pk, by=by)
    destination.refresh_from_db()
    after = destination_standing(destination).label
    noting.note(by, [destination], f"{before} → {after}")


TONES = {
    Transition.Kind.PAUSED: "warn",
    Transition.Kind.RESUMED: "good",
    Transition.Kind.OPENED: "bad",
    Transition.Kind.REOPENED: "bad",
    Transition.Kind.CLOSED: "good",
}


def _history(row: Destination) -> list[dict[str, Any]]:
    newest = row.transitions.select_related("by").order_by("-at", "-pk")[:20]
    return [_history_row(one) for one in newest]


def _history_row(transition: Transition) -> dict[str, Any]:
    label = Transition.Kind(transition.kind).label
    return {
        "badge": Standing(TONES[Transition.Kind(transition.kind)], str(label)),
        "reason": transition.reason,
        "by": transition.by,
        "at": transition.at,
    }


def _percent(rate: float | None) -> str:
    return display.NOTHING if rate is None else f"{int(rate * 10_000) / 100:g} %"


def latest_deliveries(destination: Destination) -> list[Delivery]:
    """The newest deliveries to a destination."""
    return list(
        Delivery.objects.filter(destination=destination)
        .select_related("event", "rule", "destination")
        .defer("event__payload", "rule__credentials")
        .order_by("-id")[:10]
    )
