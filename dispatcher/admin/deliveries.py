"""The ledger of deliveries: what was sent, to whom, and what came back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
)
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import ngettext

from dispatcher import services
from dispatcher.admin.active import FilteredChangeList, Words
from dispatcher.admin.bulk import BulkPages
from dispatcher.admin.causes import CausePages
from dispatcher.admin.day_filters import DeliveryDayFilter
from dispatcher.admin.deliveries_words import next_try, prepare_deliveries, short_destination
from dispatcher.admin.delivery_page import delivery_page
from dispatcher.admin.difference import difference
from dispatcher.admin.filters import (
    CauseFilter,
    CreatedFilter,
    DeliveryTypeFilter,
    EndedFilter,
    ForFilter,
    JobFilter,
    NowhereFilter,
    OutcomeFilter,
    ResentFilter,
    RowFilter,
    StateFilter,
    TestFilter,
)
from dispatcher.console import display, names, noting
from dispatcher.console.wording import type_label
from dispatcher.models import Delivery
from dispatcher.selecting import describe_each, find_deliveries
from dispatcher.types import NotResendableError

RESENT = "Sent again as sent"
SENT_ANEW = "Sent again with the current configuration"
CANCELED = "Canceled"


@admin.register(Delivery)
class DeliveryAdmin(BulkPages, CausePages):
    list_before_template = "admin/dispatcher/delivery/all_that_match.html"
    page_template = "admin/dispatcher/delivery/page.html"
    page_related = (
        "event",
        "rule",
        "destination",
        "route",
        "request",
        "resend_of",
    )
    list_display = ("what", "whom", "where", "standing", "created", "tries", "next_try")
    list_select_related = ("event", "rule", "destination")
    list_filter = (
        StateFilter,
        OutcomeFilter,
        CauseFilter,
        DeliveryTypeFilter,
        ForFilter,
        ("rule", RowFilter),
        ("destination", RowFilter),
        EndedFilter,
        CreatedFilter,
        ("created_at", DeliveryDayFilter),
        ResentFilter,
        NowhereFilter,
        JobFilter,
        TestFilter,
    )
    search_fields = ("uid",)
    search_help_text = "Order, transaction, contact, webhook-id, event id or URL"
    empty_text = (
        "Deliveries appear here when an event happens that a trigger waits for. "
        "If you searched for one: enter the whole order number or id."
    )
    actions = ("resend_selected", "resend_current_selected", "cancel_selected")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Delivery]:
        return super().get_queryset(request).defer("event__payload", "rule__credentials")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Delivery], search_term: str
    ) -> tuple[QuerySet[Delivery], bool]:
        found = find_deliveries(queryset, search_term) if search_term.strip() else queryset
        return found, False

    def filter_words(self, changelist: FilteredChangeList) -> list[Words]:
        return describe_each(changelist.parameters())

    def prepare(self, request: HttpRequest, rows: Sequence[Delivery]) -> None:
        prepare_deliveries(rows)

    # --- columns ---

    @admin.display(description="What")
    def what(self, delivery: Delivery) -> SafeString:
        subject = delivery.about or "no subject"  # type: ignore[attr-defined] # by prepare
        test = format_html('<span class="pb-chip">Test</span> {}', subject)
        return display.two_lines(
            type_label(delivery.event.type),
            test if delivery.is_test else subject,
            self.page_url(delivery.pk),
        )

    @admin.display(description="For")
    def whom(self, delivery: Delivery) -> SafeString | str:
        return display.link(delivery.owner_name)  # type: ignore[attr-defined]

    @admin.display(description="Where to")
    def where(self, delivery: Delivery) -> SafeString:
        destination = delivery.destination.key if delivery.destination else ""
        return display.two_lines(delivery.rule.name, short_destination(destination))

    @admin.display(description="State")
    def standing(self, delivery: Delivery) -> SafeString:
        badge = display.badge(delivery.standing)  # type: ignore[attr-defined]
        if delivery.outcome in {"", "delivered"}:
            return badge
        reason = delivery.cause_words  # type: ignore[attr-defined]
        return format_html(
            '<div class="pb-two"><span>{}</span><span class="pb-quiet">{}</span></div>',
            badge,
            reason,
        )

    @admin.display(description="Created")
    def created(self, delivery: Delivery) -> SafeString | str:
        return display.moment(delivery.created_at)

    @admin.display(description="Attempts")
    def tries(self, delivery: Delivery) -> int:
        return delivery.attempts_made

    @admin.display(description="Next try")
    def next_try(self, delivery: Delivery) -> SafeString | str:
        return next_try(delivery)

    # --- the page ---

    def page_title(self, row: Delivery) -> str:
        return f"{type_label(row.event.type)} · {names.label(row.event.subject) or row.uid}"

    def page_context(self, request: HttpRequest, row: Delivery) -> Mapping[str, Any]:
        prepare_deliveries([row])
        return {**delivery_page(row), "can_resend": self.has_resend_permission(request)}

    def get_urls(self) -> list[URLPattern]:
        verbs = {
            "resend": self.resend_view,
            "current": self.current_view,
            "cancel": self.cancel_view,
        }
        own = [
            path(
                f"<path:object_id>/{verb}/",
                self.admin_site.admin_view(view),
                name=f"dispatcher_delivery_{verb}",
            )
            for verb, view in verbs.items()
        ]
        own.append(
            path(
                "<path:object_id>/difference/",
                self.admin_site.admin_view(self.difference_view),
                name="dispatcher_delivery_difference",
            )
        )
        return own + self.bulk_urls() + self.cause_urls() + super().get_urls()

    def difference_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """What a resend with the current configuration would send, beside what was sent."""
        if not self.has_resend_permission(request):
            raise PermissionDenied
        delivery = self.find(request, object_id)
        context = {"title": "What would differ", "object": delivery, **difference(delivery)}
        return self.page(request, "difference", context)

    def resend_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Send the same request again."""
        return self._act(request, object_id, RESENT, "It is being sent again.")

    def current_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Send the same event by the current configuration: leads to the new delivery."""
        message = "This is a new delivery, made with the current configuration."
        return self._act(request, object_id, SENT_ANEW, message)

    def cancel_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Give up a waiting delivery."""
        return self._act(request, object_id, CANCELED, "Canceled: it is not sent.")

    def _act(self, request: HttpRequest, object_id: str, did: str, message: str) -> HttpResponse:
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not self.has_resend_permission(request):
            raise PermissionDenied
        delivery = self.find(request, object_id)
        try:
            delivery = _do(delivery, did, by=request.user)
        except NotResendableError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, message)
        return self.to_page(delivery.pk)

    # --- actions on the list ---

    def response_action(
        self, request: HttpRequest, queryset: QuerySet[Delivery], *args: Any, **kwargs: Any
    ) -> HttpResponse | None:
        """All that match is more than one request can do: it is confirmed, then a job does it."""
        if request.POST.get("select_across") == "1" and request.POST.get("action"):
            address = reverse("admin:dispatcher_delivery_matching")
            return HttpResponseRedirect(f"{address}?{request.GET.urlencode()}")
        return super().response_action(request, queryset, *args, **kwargs)

    @admin.action(description="Resend as sent", permissions=["resend"])
    def resend_selected(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> None:
        self._act_on_all(request, queryset, RESENT, "sent again")

    @admin.action(description="Resend with the current configuration", permissions=["resend"])
    def resend_current_selected(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> None:
        self._act_on_all(request, queryset, SENT_ANEW, "sent again")

    @admin.action(description="Cancel", permissions=["resend"])
    def cancel_selected(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> None:
        self._act_on_all(request, queryset, CANCELED, "canceled")

    def _act_on_all(
        self, request: HttpRequest, queryset: QuerySet[Delivery], did: str, done: str
    ) -> None:
        refused = made = 0
        for delivery in queryset.select_related("event", "rule__route"):
            try:
                _do(delivery, did, by=request.user)
                made += 1
            except NotResendableError:
                refused += 1
        if made:
            text = ngettext("%d delivery was %s.", "%d deliveries were %s.", made) % (made, done)
            messages.success(request, text)
        if refused:
            text = ngettext(
                "%d was left as it is: it is in no state for this.",
                "%d were left as they are: they are in no state for this.",
                refused,
            )
            messages.warning(request, text % refused)


@transaction.atomic
def _do(delivery: Delivery, did: str, *, by: Any) -> Delivery:
    """Do it, and keep who did. Raises NotResendableError where it cannot be done."""
    state = delivery.get_state_display().lower()
    done = _VERBS[did](delivery)
    noting.note(by, [done], f"{did}: was {state}")
    return done


def _cancel(delivery: Delivery) -> Delivery:
    if not services.cancel(delivery):
        raise NotResendableError("It has ended or is being sent right now.")
    return delivery


_VERBS: Mapping[str, Callable[[Delivery], Delivery]] = {
    RESENT: services.resend,
    SENT_ANEW: services.resend_current,
    CANCELED: _cancel,
}
