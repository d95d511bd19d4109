"""Triggers: what is sent when, where to; tried, paused and signed from their own page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter

from dispatcher.admin.filters import RowFilter
from dispatcher.admin.service import ServiceAdmin, when_known
from dispatcher.console import display, looking
from postbacks import services
from postbacks.admin import trigger_pages
from postbacks.admin.trigger_forms import TriggerForm
from postbacks.admin.wording import (
    health_words,
    last_word,
    success_words,
    template_standing,
    trigger_standing,
)
from postbacks.models import Trigger

Status = Trigger.Status

OF_REQUESTS = ("url", "http_method", "format", "headers")
OF_EMAILS = ("to", "cc", "bcc", "reply_to")


@admin.register(Trigger)
class TriggerAdmin(ServiceAdmin[Trigger]):
    form = TriggerForm
    fieldsets = (
        ("When, and how", {"fields": ("name", "event", "customer", "method_kind", "seen_at")}),
        (
            "Where to, and what",
            {
                "fields": (
                    *OF_REQUESTS,
                    *OF_EMAILS,
                    "template",
                )
            },
        ),
        ("If it fails", {"fields": ("retry_on_failure", "is_ordered")}),
        ("Ready?", {"fields": ("status",)}),
    )
    conditional_fields = dict.fromkeys(
        OF_REQUESTS, when_known("method_kind", "method_kind != 'email'")
    ) | dict.fromkeys(OF_EMAILS, when_known("method_kind", "method_kind == 'email'"))
    looked_at = {"headers": "headers_shown"}
    change_form_template = "admin/postbacks/trigger/change_form.html"
    list_display = ("title", "whose", "where", "standing", "health", "template_name", "changed")
    list_select_related = ("customer", "template", "rule")
    list_filter = (
        ("status", ChoicesDropdownFilter),
        ("method_kind", ChoicesDropdownFilter),
        ("event", ChoicesDropdownFilter),
        ("customer", RowFilter),
        ("template", RowFilter),
    )
    list_filter_submit = True
    search_fields = ("name", "url", "to")
    search_help_text = "Name or address"
    empty_text = (
        "A trigger says what is sent where when something happens to an order. Add the first one."
    )
    delete_text = (
        "Deliveries that still wait are canceled. What was sent stays in the ledgers. To "
        "stop it for a while only, pause it instead."
    )
    autocomplete_fields = ("customer",)
    ordering = ("name", "pk")
    sortable_by = ()
    actions = ("activate_selected", "pause_selected")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Trigger]:
        queryset = super().get_queryset(request)
        if (
            request.resolver_match
            and request.resolver_match.url_name == "postbacks_trigger_changelist"
        ):
            queryset = queryset.defer(
                "rule__credentials",
                "template__body",
                "template__text",
                "template__html",
                "template__schema",
                "template__sample",
            )
        return queryset.select_related("rule", "template", "customer")

    def get_fieldsets(self, request: HttpRequest, obj: Trigger | None = None) -> Any:
        """Who may only look is shown what this trigger's delivery method needs."""
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None or self.has_change_permission(request, obj):
            return fieldsets
        of_the_other = (*OF_REQUESTS, "headers_shown") if obj.is_email else OF_EMAILS
        return [
            (title, {**options, "fields": [f for f in options["fields"] if f not in of_the_other]})
            for title, options in fieldsets
        ]

    def prepare(self, request: HttpRequest, rows: Sequence[Trigger]) -> None:
        health = services.trigger_health(rows)
        for row in rows:
            row.health = health[row.pk]  # type: ignore[attr-defined]

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        context = extra_context or {}
        trigger = self.get_object(request, object_id) if object_id else None
        if trigger:
            context = {**self._beside(trigger), **context}
        return super().changeform_view(request, object_id, form_url, context)

    def _beside(self, trigger: Trigger) -> dict[str, Any]:
        """What the page shows beside the form."""
        deliveries = reverse("admin:dispatcher_delivery_changelist")
        health = services.trigger_health([trigger])[trigger.pk]
        return {
            "trigger": trigger,
            "standing": trigger_standing(trigger),
            "template_standing": trigger.template and template_standing(trigger.template),
            "is_signed": services.has_signing_secret(trigger),
            "notes": [] if trigger.status == Status.ACTIVE else services.activation_notes(trigger),
            "health": health,
            "last_word": last_word(health),
            "success": success_words(health),
            "deliveries_url": f"{deliveries}?rule__id__exact={trigger.rule_id}",
        }

    def save_model(self, request: HttpRequest, obj: Trigger, form: Any, change: bool) -> None:  # noqa: FBT001 - Django's
        """Saved by the form's service; who has activated it is told what to think of."""
        if obj.status == Status.ACTIVE and "status" in form.changed_data:
            for note in services.activation_notes(obj):
                messages.warning(request, note)

    def remove(self, row: Trigger, by: Any) -> None:
        services.delete_trigger(trigger=row, by=by)

    # --- what the page's buttons do ---

    def get_urls(self) -> list[URLPattern]:
        verbs = {
            "test": self.test_view,
            "activate": self.activate_view,
            "pause": self.pause_view,
            "rotate": self.rotate_view,
            "unsign": self.unsign_view,
            "duplicate": self.duplicate_view,
        }
        own = [
            path(
                f"<int:object_id>/{verb}/",
                self.admin_site.admin_view(view),
                name=f"postbacks_trigger_{verb}",
            )
            for verb, view in verbs.items()
        ]
        return own + super().get_urls()

    def activate_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Send from now on, and what was held."""
        return self._move(request, object_id, Status.ACTIVE, "It is active now.")

    def pause_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Hold what it makes."""
        return self._move(request, object_id, Status.PAUSED, "It is paused: deliveries are held.")

    def _move(self, request: HttpRequest, object_id: int, status: str, done: str) -> HttpResponse:
        def verb(row: Trigger) -> None:
            services.set_trigger_status(trigger=row, status=status, by=request.user)

        return self.press(request, str(object_id), verb, done)

    def unsign_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Sign no longer."""

        def verb(row: Trigger) -> None:
            services.remove_signing_secret(trigger=row, by=request.user)

        return self.press(request, str(object_id), verb, "What it sends is no longer signed.")

    def rotate_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Make a signing secret and show it, this once."""
        return trigger_pages.rotate(self, request, object_id)

    def test_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Ask which payload to try it with, then emit; a worker sends, the result has a page."""
        return trigger_pages.test(self, request, object_id)

    def duplicate_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Ask for whom, then make a draft that is the same."""
        return trigger_pages.duplicate(self, request, object_id)

    @admin.display(description="Extra headers")
    def headers_shown(self, trigger: Trigger) -> SafeString | str:
        return looking.name_value_rows(trigger.headers, "none")

    # --- columns ---

    @admin.display(description="Trigger")
    def title(self, trigger: Trigger) -> SafeString:
        return display.two_lines(trigger.name, trigger.get_event_display())

    @admin.display(description="Customer")
    def whose(self, trigger: Trigger) -> str:
        return trigger.customer.name if trigger.customer else "Every customer"

    @admin.display(description="Where to")
    def where(self, trigger: Trigger) -> SafeString | str:
        if not trigger.has_address:
            return "no address yet"
        if trigger.is_email:
            chip = format_html('<span class="pb-chip">{}</span>', "E-mail")
            return format_html(
                '<span class="pb-clip" title="{}">{} {}</span>', trigger.to, chip, trigger.to
            )
        return format_html(
            '<span class="pb-clip" title="{}"><span class="pb-chip">{}</span> {}</span>',
            trigger.url,
            trigger.http_method,
            trigger.url.partition("://")[2],
        )

    @admin.display(description="State")
    def standing(self, trigger: Trigger) -> SafeString:
        return display.badge(trigger_standing(trigger))

    @admin.display(description="Last delivery")
    def health(self, trigger: Trigger) -> SafeString:
        return health_words(trigger.health)  # type: ignore[attr-defined]

    @admin.display(description="Template")
    def template_name(self, trigger: Trigger) -> SafeString | str:
        if trigger.template is None:
            return "none yet"
        url = reverse("admin:postbacks_template_change", args=[trigger.template.pk])
        return format_html('<a class="pb-link" href="{}">{}</a>', url, trigger.template.name)

    @admin.display(description="Changed")
    def changed(self, trigger: Trigger) -> SafeString | str:
        return display.moment(trigger.updated_at)

    # --- actions on the list ---

    @admin.action(description="Activate or resume", permissions=["change"])
    def activate_selected(self, request: HttpRequest, queryset: QuerySet[Trigger]) -> None:
        self._each(request, queryset, Status.ACTIVE, "{} activated.")

    @admin.action(description="Pause: hold their deliveries", permissions=["change"])
    def pause_selected(self, request: HttpRequest, queryset: QuerySet[Trigger]) -> None:
        self._each(request, queryset, Status.PAUSED, "{} paused.")

    def _each(
        self, request: HttpRequest, queryset: QuerySet[Trigger], status: str, done: str
    ) -> None:
        def verb(row: Trigger) -> None:
            services.set_trigger_status(trigger=row, status=status, by=request.user)

        rows = Trigger.objects.filter(pk__in=queryset.values("pk"))
        self.press_all(request, rows, verb, done)
