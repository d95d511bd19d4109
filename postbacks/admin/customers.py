"""Customers, with the triggers that each has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import CharField, Count, F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Cast, Concat
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.widgets import UnfoldAdminTextareaWidget

from dispatcher.admin.service import ServiceAdmin, ServiceForm
from dispatcher.console import display
from dispatcher.console.wording import Standing
from dispatcher.keys import as_key
from dispatcher.models import Event
from postbacks import services
from postbacks.admin.wording import trigger_standing
from postbacks.models import Customer, Trigger

TRIGGERS_SHOWN = 200


class CustomerForm(ServiceForm[Customer]):
    class Meta:
        model = Customer
        fields = ("name", "reference_id", "description", "is_active")
        widgets = {"description": UnfoldAdminTextareaWidget(attrs={"rows": 3})}
        help_texts = {
            "reference_id": "How your shop or order system names this customer when it reports an "
            "order. Orders of a customer without one cannot be reported.",
            "description": "For yourselves; it is not sent anywhere.",
            "is_active": "While this is off, nothing of this customer is sent. What waits is held "
            "and sent when you switch it on again.",
        }

    def store(self) -> None:
        services.save_customer(customer=self.instance, by=self.by)


def last_events() -> Subquery:
    """When each customer's latest event came, by the index on owner."""
    owner = Concat(Value("customer:"), Cast(OuterRef("pk"), CharField()))
    events = Event.objects.filter(owner=owner).exclude(owner="").order_by("-id")
    return Subquery(events.values("received_at")[:1])


@admin.register(Customer)
class CustomerAdmin(ServiceAdmin[Customer]):
    form = CustomerForm
    fields = ("name", "reference_id", "description", "is_active", "seen_at")
    list_display = ("title", "reference", "standing", "trigger_count", "latest")
    search_fields = ("name", "reference_id")
    search_help_text = "Name or reference ID"
    empty_text = "Customers are the companies whose orders your systems report. Add the first one."
    delete_text = (
        "Events and deliveries of this customer stay in the ledgers. Deliveries that "
        "still wait are not sent. A customer that has triggers or templates cannot be "
        "deleted: make it inactive instead."
    )
    ordering = ("name",)
    sortable_by = ()
    actions = ("activate_selected", "deactivate_selected")
    change_form_outer_after_template = "admin/postbacks/customer/triggers.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Customer]:
        queryset = super().get_queryset(request)
        if (
            request.resolver_match
            and request.resolver_match.url_name == "postbacks_customer_changelist"
        ):
            queryset = queryset.annotate(triggers_made=Count("triggers"), last_event=last_events())
        return queryset

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        context = {
            "triggers": _trigger_rows(object_id),
            "can_add_trigger": request.user.has_perm("postbacks.add_trigger"),
        } | (extra_context or {})
        return super().change_view(request, object_id, form_url, context)

    def refusal(self, row: Customer) -> str:
        return services.why_customer_stays(customer=row)

    def remove(self, row: Customer, by: Any) -> None:
        services.delete_customer(customer=row, by=by)

    @admin.display(description="Customer")
    def title(self, customer: Customer) -> SafeString:
        return display.two_lines(customer.name, customer.description[:80])

    @admin.display(description="Reference ID")
    def reference(self, customer: Customer) -> SafeString | str:
        if not customer.reference_id:
            return display.NOTHING
        return format_html('<span class="pb-mono">{}</span>', customer.reference_id)

    @admin.display(description="State")
    def standing(self, customer: Customer) -> SafeString:
        if customer.is_active:
            return display.badge(Standing("good", "Active"))
        return display.badge(Standing("warn", "Not active", "Nothing of this customer is sent."))

    @admin.display(description="Triggers")
    def trigger_count(self, customer: Customer) -> SafeString | str:
        count = customer.triggers_made  # type: ignore[attr-defined]
        if not count:
            return "none"
        url = f"{reverse('admin:postbacks_trigger_changelist')}?customer__id__exact={customer.pk}"
        return format_html('<a class="pb-link" href="{}">{}</a>', url, count)

    @admin.display(description="Last event")
    def latest(self, customer: Customer) -> SafeString | str:
        return display.moment(customer.last_event)  # type: ignore[attr-defined]

    @admin.action(description="Activate: send what was held", permissions=["change"])
    def activate_selected(self, request: HttpRequest, queryset: QuerySet[Customer]) -> None:
        self._each(request, queryset, services.activate_customer, "{} activated.")

    @admin.action(description="Deactivate: hold what waits", permissions=["change"])
    def deactivate_selected(self, request: HttpRequest, queryset: QuerySet[Customer]) -> None:
        self._each(request, queryset, services.deactivate_customer, "{} deactivated.")

    def _each(
        self, request: HttpRequest, queryset: QuerySet[Customer], verb: Any, done: str
    ) -> None:
        rows = Customer.objects.filter(pk__in=queryset.values("pk"))
        self.press_all(request, rows, lambda row: verb(customer=row, by=request.user), done)


def _trigger_rows(customer_id: str) -> Sequence[dict[str, Any]]:
    """Its own triggers, then those of every customer."""
    customer = as_key(customer_id)
    if customer is None:
        return ()
    triggers = (
        Trigger.objects.filter(Q(customer_id=customer) | Q(customer=None))
        .select_related("rule", "template")
        .defer("rule__credentials", "template__body", "template__sample")
        .order_by(F("customer").asc(nulls_last=True), "event", "name")[:TRIGGERS_SHOWN]
    )
    return [
        {
            "trigger": trigger,
            "url": reverse("admin:postbacks_trigger_change", args=[trigger.pk]),
            "badge": display.badge(trigger_standing(trigger)),
            "where": trigger.url or trigger.to,
            "is_for_everyone": trigger.customer_id is None,
        }
        for trigger in triggers
    ]
