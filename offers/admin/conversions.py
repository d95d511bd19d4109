"""Conversions: a ledger whose statuses operators change, one or many at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.urls import URLPattern, path
from django.utils.safestring import SafeString
from unfold.admin import ModelAdmin as UnfoldAdmin
from unfold.contrib.filters.admin import ChoicesDropdownFilter

from dispatcher.admin.base import LedgerAdmin
from dispatcher.admin.day_filters import InsertedDayFilter
from dispatcher.admin.filters import RowFilter
from dispatcher.console import display, noting
from offers import services
from offers.admin import conversion_files, conversion_page, reconciliation
from offers.admin.tables import money
from offers.admin.wording import goal_label, status_badge
from offers.models import Conversion, ConversionStatus

ORIGIN = "Admin"


@admin.register(Conversion)
class ConversionAdmin(LedgerAdmin[Conversion]):
    page_template = "admin/offers/conversion/page.html"
    page_related = ("offer", "affiliate", "goal")
    change_list_template = "admin/offers/change_list.html"
    list_before_template = "admin/offers/conversion/tools.html"
    list_display = ("title", "standing", "whose", "what", "amount", "created", "changed")
    list_select_related = ("offer", "affiliate", "goal")
    list_filter = (
        ("status", ChoicesDropdownFilter),
        ("affiliate", RowFilter),
        ("offer", RowFilter),
        ("created_at", InsertedDayFilter),
    )
    search_fields = ("transaction_id__exact", "click_id__exact")
    search_help_text = "Transaction ID or click ID, whole"
    empty_text = "Your systems report conversions by the API: POST /api/v1/conversions/."
    actions = ("set_done", "set_pending", "set_rejected")

    def has_change_permission(self, request: HttpRequest, obj: Conversion | None = None) -> bool:
        """Statuses may be changed, by the services; nothing else is edited here."""
        return bool(UnfoldAdmin.has_change_permission(self, request, obj))

    def page_context(self, request: HttpRequest, row: Conversion) -> Mapping[str, Any]:
        may_see = request.user.has_perm("dispatcher.view_delivery")
        return conversion_page.context(row, may_see_deliveries=may_see) | {
            "can_change": self.has_change_permission(request, row)
        }

    def get_urls(self) -> list[URLPattern]:
        own = [
            path(
                "<int:object_id>/status/",
                self.admin_site.admin_view(self.status_view),
                name="offers_conversion_status",
            )
        ]
        extra = conversion_files.urls(self) + reconciliation.urls(self)
        return own + extra + super().get_urls()

    def status_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Give it the status of the button that was pressed."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        row = self.find(request, str(object_id))
        if not self.has_change_permission(request, row):
            raise PermissionDenied
        status, before = request.POST.get("status", ""), row.status
        try:
            done = services.change_status(
                conversion=row, status=status, by=request.user, origin=ORIGIN
            )
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        else:
            if before != status:
                noting.note(request.user, [row], f"Status: {before} → {status}")
            messages.success(request, _told(status, done.emitted))
        return self.to_page(object_id)

    # --- columns ---

    @admin.display(description="Conversion")
    def title(self, row: Conversion) -> SafeString:
        click = f"Click {row.click_id}" if row.click_id else ""
        return display.two_lines(row.transaction_id, click[:60], self.page_url(row.pk))

    @admin.display(description="Status")
    def standing(self, row: Conversion) -> SafeString | str:
        return status_badge(row.status)

    @admin.display(description="Affiliate")
    def whose(self, row: Conversion) -> str:
        return row.affiliate.name

    @admin.display(description="Offer, goal")
    def what(self, row: Conversion) -> SafeString:
        return display.two_lines(row.offer.name, goal_label(row.goal, "Default"))

    @admin.display(description="Payout")
    def amount(self, row: Conversion) -> str:
        return money(row.payout, row.currency)

    @admin.display(description="Reported")
    def created(self, row: Conversion) -> SafeString | str:
        return display.moment(row.created_at)

    @admin.display(description="Status since")
    def changed(self, row: Conversion) -> SafeString | str:
        return display.moment(row.status_changed_at)

    # --- actions on the list ---

    @admin.action(description="Set to done", permissions=["change"])
    def set_done(self, request: HttpRequest, queryset: QuerySet[Conversion]) -> None:
        self._set(request, queryset, ConversionStatus.DONE)

    @admin.action(description="Set to pending", permissions=["change"])
    def set_pending(self, request: HttpRequest, queryset: QuerySet[Conversion]) -> None:
        self._set(request, queryset, ConversionStatus.PENDING)

    @admin.action(description="Set to rejected", permissions=["change"])
    def set_rejected(self, request: HttpRequest, queryset: QuerySet[Conversion]) -> None:
        self._set(request, queryset, ConversionStatus.REJECTED)

    def _set(
        self, request: HttpRequest, queryset: QuerySet[Conversion], status: ConversionStatus
    ) -> None:
        chosen = queryset.order_by("pk").values_list("pk", flat=True).iterator(chunk_size=500)
        done = services.change_statuses(
            conversions=chosen, status=status.value, by=request.user, origin=ORIGIN
        )
        if done.changed:
            many = f"{done.changed:,} conversion{'s' if done.changed > 1 else ''}"
            noting.note_many(request.user, Conversion, many, f"Status → {status.value}")
        words = f"{done.changed:,} set to {status.label.lower()}, {done.unchanged:,} were already."
        messages.success(request, f"{words} {done.deliveries:,} postbacks are on their way.")


def _told(status: str, emitted: Any) -> str:
    if emitted is None:
        return f"It was {status} already: nothing fires."
    count = len(emitted.deliveries)
    fired = f"{count} postback{'s' if count != 1 else ''} fired" if count else "no postback fired"
    return f"Set to {status}: {fired}."
