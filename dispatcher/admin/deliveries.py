"""The ledger of deliveries: what was sent, to whom, and what came back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import ngettext
from unfold.contrib.filters.admin import AutocompleteSelectFilter

from dispatcher import services
from dispatcher.admin.base import LedgerAdmin
from dispatcher.admin.delivery_page import delivery_page, is_held
from dispatcher.admin.filters import DayFilter, OutcomeFilter, StateFilter, TestFilter
from dispatcher.console import display, names
from dispatcher.console.wording import delivery_standing, type_label
from dispatcher.models import Delivery, Event, OwnerHold
from dispatcher.types import NotResendableError

WAITING, ENDED = Delivery.State.PENDING, ("delivered", "failed", "canceled")
SUBJECT_MATCHES = 1_000


def find_deliveries(queryset: QuerySet[Delivery], text: str) -> QuerySet[Delivery]:
    """Deliveries by their id (the webhook-id), their event's id, or what the event is about."""
    try:
        identifier = UUID(text.strip().removeprefix("msg_"))
    except ValueError:
        about = Event.objects.filter(subject__in=names.subjects(text.strip())).exclude(subject="")
        newest = about.order_by("-id").values_list("pk", flat=True)[:SUBJECT_MATCHES]
        return queryset.filter(event_id__in=list(newest))
    return queryset.filter(Q(uid=identifier) | Q(event_id=identifier))


@admin.register(Delivery)
class DeliveryAdmin(LedgerAdmin[Delivery]):
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
        ("rule", AutocompleteSelectFilter),
        ("destination", AutocompleteSelectFilter),
        ("created_at", DayFilter),
        TestFilter,
    )
    search_fields = ("uid",)
    search_help_text = "Order, webhook-id or event id"
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

    def prepare(self, request: HttpRequest, rows: Sequence[Delivery]) -> None:
        prepare_deliveries(rows)

    def has_resend_permission(self, request: HttpRequest) -> bool:
        """Sending again and canceling: for whoever may change deliveries."""
        return request.user.has_perm("dispatcher.change_delivery")

    # --- columns ---

    @admin.display(description="What")
    def what(self, delivery: Delivery) -> SafeString:
        subject = names.readable(delivery.event.subject) or "no subject"
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
        return display.badge(delivery.standing)  # type: ignore[attr-defined]

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
        return f"{type_label(row.event.type)} · {names.readable(row.event.subject) or row.uid}"

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
        return own + super().get_urls()

    def resend_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Send the same request again."""
        return self._act(request, object_id, services.resend, "It is being sent again.")

    def current_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Send the same event by the current configuration: leads to the new delivery."""
        message = "This is a new delivery, made with the current configuration."
        return self._act(request, object_id, services.resend_current, message)

    def cancel_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Give up a waiting delivery."""
        return self._act(request, object_id, _cancel, "Canceled: it is not sent.")

    def _act(self, request: HttpRequest, object_id: str, verb: Any, message: str) -> HttpResponse:
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not self.has_resend_permission(request):
            raise PermissionDenied
        delivery = self.find(request, object_id)
        try:
            delivery = verb(delivery)
        except NotResendableError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, message)
        return self.to_page(delivery.pk)

    # --- actions on the list ---

    @admin.action(description="Resend as sent", permissions=["resend"])
    def resend_selected(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> None:
        self._act_on_all(request, queryset, services.resend, "sent again")

    @admin.action(description="Resend with the current configuration", permissions=["resend"])
    def resend_current_selected(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> None:
        self._act_on_all(request, queryset, services.resend_current, "sent again")

    @admin.action(description="Cancel", permissions=["resend"])
    def cancel_selected(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> None:
        self._act_on_all(request, queryset, _cancel, "canceled")

    def _act_on_all(
        self, request: HttpRequest, queryset: QuerySet[Delivery], verb: Any, done: str
    ) -> None:
        refused = made = 0
        for delivery in queryset.select_related("event", "rule__route"):
            try:
                verb(delivery)
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


def _cancel(delivery: Delivery) -> Delivery:
    if not services.cancel(delivery):
        raise NotResendableError("It has ended or is being sent right now.")
    return delivery


def prepare_deliveries(rows: Sequence[Delivery]) -> None:
    """Attach `owner_name` and `standing` to deliveries whose rule and destination are selected."""
    owners = {delivery.owner for delivery in rows if delivery.owner}
    found = names.resolve(owners)
    holds = dict(OwnerHold.objects.filter(pk__in=owners).values_list("owner", "reason"))
    moment = timezone.now()
    for delivery in rows:
        delivery.owner_name = found.get(delivery.owner)  # type: ignore[attr-defined]
        delivery.standing = delivery_standing(delivery, owner_holds=holds, moment=moment)  # type: ignore[attr-defined]


def next_try(delivery: Delivery) -> SafeString | str:
    """When a waiting delivery is due: "in 5 min", and nothing while it is held or has ended."""
    if delivery.state != WAITING or is_held(delivery):
        return display.NOTHING
    return format_html(
        '<span title="{}">{}</span>',
        display.moment_text(delivery.due_at),
        display.until(delivery.due_at),
    )


def short_destination(key: str) -> str:
    """`https://example.com:443` as "example.com"; another port or scheme is kept."""
    if key.startswith("https://"):
        return key.removeprefix("https://").removesuffix(":443")
    if key.startswith("http://"):
        return key.removesuffix(":80")
    return key
