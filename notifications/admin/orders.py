"""Orders: what is known of each, and everything that was sent because of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.db.models.functions import Lower
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import ngettext

from dispatcher.admin.base import LedgerAdmin
from dispatcher.admin.day_filters import DayFilter
from dispatcher.console import display, noting
from dispatcher.types import NotResendableError
from notifications import services
from notifications.admin.filters import NotificationFilter, SourceFilter
from notifications.admin.order_page import money, order_page
from notifications.models import Order

_STATES = (
    ("failed", "bad", "failed"),
    ("pending", "info", "waiting"),
    ("delivered", "good", "delivered"),
    ("canceled", "idle", "canceled"),
)


@admin.register(Order)
class OrderAdmin(LedgerAdmin[Order]):
    page_template = "admin/notifications/order.html"
    page_related = ("contact",)
    list_display = ("what", "who", "where_from", "total", "placed", "completion", "notifications")
    list_select_related = ("contact",)
    list_filter = (NotificationFilter, SourceFilter, ("placed_at", DayFilter))
    listed_by = "placed_at"  # which may be long before the row was made: facts come late
    search_fields = ("number",)
    search_help_text = "Order number or e-mail address"
    empty_text = (
        "Orders appear here when an event or a fact about them is reported. If you searched for "
        "one: enter the whole number or e-mail address."
    )
    actions = ("retry_selected",)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Order], search_term: str
    ) -> tuple[QuerySet[Order], bool]:
        text = search_term.strip().removeprefix("order:")
        if not text:
            return queryset, False
        if "@" in text:
            found = queryset.alias(lower_email=Lower("email"))
            return found.filter(~Q(email=""), lower_email=text.lower()), False
        return queryset.filter(Q(reference=text) | (Q(number=text) & ~Q(number=""))), False

    def prepare(self, request: HttpRequest, rows: Sequence[Order]) -> None:
        states = services.notification_states(rows)
        for row in rows:
            row.states = states[row.pk]  # type: ignore[attr-defined]

    def has_retry_permission(self, request: HttpRequest) -> bool:
        """Sending again: for whoever may change deliveries."""
        return request.user.has_perm("dispatcher.change_delivery")

    # --- columns ---

    @admin.display(description="Order")
    def what(self, order: Order) -> SafeString:
        second = order.reference if order.number and order.number != order.reference else ""
        return display.two_lines(str(order), second, self.page_url(order.pk))

    @admin.display(description="Contact")
    def who(self, order: Order) -> SafeString | str:
        if order.contact is None:
            return order.email or display.NOTHING
        return display.two_lines(str(order.contact), order.email or order.contact.email)

    @admin.display(description="Source")
    def where_from(self, order: Order) -> str:
        return str(order.get_source_display())

    @admin.display(description="Total")
    def total(self, order: Order) -> str:
        return money(order.data.get("total"), order.data.get("currency")) or display.NOTHING

    @admin.display(description="Placed")
    def placed(self, order: Order) -> SafeString | str:
        return display.moment(order.placed_at)

    @admin.display(description="Completed")
    def completion(self, order: Order) -> SafeString | str:
        if order.complete_due_at:
            return format_html(
                '<span class="pb-badge pb-info" title="{}">Fires {}</span>',
                "It waits for the thank-you page; “order completed” is sent then at the latest.",
                display.until(order.complete_due_at),
            )
        return display.moment(order.completed_at)

    @admin.display(description="Notifications")
    def notifications(self, order: Order) -> SafeString | str:
        states: dict[str, int] = order.states  # type: ignore[attr-defined]
        badges = [(tone, states[name], word) for name, tone, word in _STATES if states.get(name)]
        if not badges:
            return display.NOTHING
        return format_html(
            '<span class="pb-badges">{}</span>',
            format_html_join(" ", '<span class="pb-badge pb-{}">{} {}</span>', badges),
        )

    # --- the page ---

    def page_context(self, request: HttpRequest, row: Order) -> Mapping[str, Any]:
        return {**order_page(row), "can_retry": self.has_retry_permission(request)}

    def page_title(self, row: Order) -> str:
        return f"Order {row}"

    def get_urls(self) -> list[URLPattern]:
        own = [
            path(
                "find/", self.admin_site.admin_view(self.find_view), name="notifications_order_find"
            ),
            path(
                "<int:object_id>/retry/",
                self.admin_site.admin_view(self.retry_view),
                name="notifications_order_retry",
            ),
        ]
        return own + super().get_urls()

    def find_view(self, request: HttpRequest) -> HttpResponse:
        """The page of the order with this reference; where messages link to."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        reference = request.GET.get("reference", "")
        key = Order.objects.filter(reference=reference).values_list("pk", flat=True).first()
        if key is not None:
            return self.to_page(key)
        messages.warning(request, f"No order with the reference “{reference[:100]}” is known.")
        return HttpResponseRedirect(reverse("admin:notifications_order_changelist"))

    def retry_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Send again one failed delivery of this order, or all of them."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not self.has_retry_permission(request):
            raise PermissionDenied
        order = self.find(request, str(object_id))
        chosen = request.POST.get("delivery", "")
        try:
            count = _retry_one(order, chosen) if chosen else services.retry_order(order=order)
        except NotResendableError as error:
            messages.error(request, str(error))
        else:
            _tell(request, count)
            if count:
                noting.note(request.user, [order], f"Failed notifications sent again: {count}")
        return self.to_page(order.pk)

    @admin.action(description="Retry failed notifications", permissions=["retry"])
    def retry_selected(self, request: HttpRequest, queryset: QuerySet[Order]) -> None:
        orders = list(queryset)
        count = services.retry_orders(orders=orders)
        _tell(request, count)
        if count:
            noting.note(request.user, orders, "Failed notifications sent again")


def _retry_one(order: Order, chosen: str) -> int:
    try:
        delivery = UUID(chosen)
    except ValueError:
        raise NotResendableError("This delivery is not of this order.") from None
    services.retry_delivery(order=order, delivery=delivery)
    return 1


def _tell(request: HttpRequest, count: int) -> None:
    if not count:
        messages.warning(request, "Nothing that can be retried here has failed.")
        return
    text = ngettext("%d notification is sent again.", "%d notifications are sent again.", count)
    messages.success(request, text % count)
