"""Destinations: how each receiver is doing, and a switch to hold what goes there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import ngettext

from dispatcher import services
from dispatcher.admin.base import LedgerAdmin
from dispatcher.admin.deliveries import prepare_deliveries, short_destination
from dispatcher.console import display
from dispatcher.console.wording import destination_standing
from dispatcher.models import Delivery, Destination, Rule

COUNTED = 10_000


def waiting_by_destination(ids: Sequence[int] | None = None) -> tuple[Counter[int], bool]:
    """How many deliveries wait for each destination, and whether counting stopped early."""
    waiting = Delivery.objects.filter(state=Delivery.State.PENDING)
    if ids is not None:
        waiting = waiting.filter(destination_id__in=ids)
    found = waiting.values_list("destination_id", flat=True)[: COUNTED + 1]
    counter = Counter(pk for pk in found if pk is not None)
    return counter, counter.total() > COUNTED


@admin.register(Destination)
class DestinationAdmin(LedgerAdmin[Destination]):
    page_template = "admin/dispatcher/destination/page.html"
    list_display = ("address", "health", "waiting", "since")
    search_fields = ("key",)
    search_help_text = "Host name"
    empty_text = "A destination appears here when a trigger is saved that sends there."
    actions = ("pause_selected", "resume_selected")

    def prepare(self, request: HttpRequest, rows: Sequence[Destination]) -> None:
        counts, is_capped = waiting_by_destination([row.pk for row in rows])
        for row in rows:
            row.waiting_text = _count_words(counts[row.pk], is_capped=is_capped)  # type: ignore[attr-defined]

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

    @admin.display(description="Waiting")
    def waiting(self, destination: Destination) -> str:
        return str(destination.waiting_text)  # type: ignore[attr-defined]

    @admin.display(description="First seen")
    def since(self, destination: Destination) -> SafeString | str:
        return display.moment(destination.created_at)

    def page_title(self, row: Destination) -> str:
        return short_destination(row.key)

    def page_context(self, request: HttpRequest, row: Destination) -> Mapping[str, Any]:
        counts, is_capped = waiting_by_destination([row.pk])
        latest = latest_deliveries(row)
        prepare_deliveries(latest)
        listing = reverse("admin:dispatcher_delivery_changelist")
        return {
            "standing": destination_standing(row),
            "is_paused": row.state == Destination.State.PAUSED,
            "can_resume": row.state == Destination.State.PAUSED or row.breaker != "closed",
            "tries_again": row.breaker_until
            if row.breaker_until and row.breaker_until > timezone.now()
            else None,
            "waiting": _count_words(counts[row.pk], is_capped=is_capped),
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
        verb(destination.pk)
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
        keys = list(queryset.values_list("pk", flat=True))
        for key in keys:
            verb(key)
        text = ngettext("%d destination %s.", "%d destinations %s.", len(keys))
        messages.success(request, text % (len(keys), done))


def latest_deliveries(destination: Destination) -> list[Delivery]:
    """The newest deliveries to a destination, looked for among the newest of all."""
    newest = Delivery.objects.order_by("-id").values_list("pk", flat=True).first() or 0
    return list(
        Delivery.objects.filter(pk__gt=newest - COUNTED, destination=destination)
        .select_related("event", "rule", "destination")
        .defer("event__payload", "rule__credentials")
        .order_by("-id")[:10]
    )


def _count_words(count: int, *, is_capped: bool) -> str:
    if is_capped:
        return f"{count:,} or more"
    return f"{count:,}" if count else "none"
