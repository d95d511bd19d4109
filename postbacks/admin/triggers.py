"""Triggers: what is sent when, where to; tried, paused and signed from their own page."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
)
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import AutocompleteSelectFilter, ChoicesDropdownFilter

from dispatcher.console import display
from dispatcher.models import Delivery
from postbacks import services
from postbacks.admin.base import ServiceAdmin
from postbacks.admin.trigger_forms import TriggerForm
from postbacks.admin.wording import template_standing, trigger_standing
from postbacks.models import Trigger
from postbacks.services.testing import sample_for

Status = Trigger.Status


@admin.register(Trigger)
class TriggerAdmin(ServiceAdmin[Trigger]):
    form = TriggerForm
    fieldsets = (
        ("When", {"fields": ("name", "event", "customer", "status", "seen_at")}),
        (
            "Where to",
            {
                "fields": (
                    "method_kind",
                    "url",
                    "http_method",
                    "format",
                    "headers",
                    "to",
                    "cc",
                    "bcc",
                    "reply_to",
                )
            },
        ),
        ("What", {"fields": ("template",)}),
        ("If it fails", {"fields": ("retry_on_failure", "is_ordered")}),
    )
    conditional_fields = dict.fromkeys(
        ("url", "http_method", "format", "headers"), "method_kind != 'email'"
    ) | dict.fromkeys(("to", "cc", "bcc", "reply_to"), "method_kind == 'email'")
    change_form_template = "admin/postbacks/trigger/change_form.html"
    list_display = ("title", "whose", "where", "standing", "template_name", "changed")
    list_select_related = ("customer", "template", "rule")
    list_filter = (
        ("status", ChoicesDropdownFilter),
        ("method_kind", ChoicesDropdownFilter),
        ("event", ChoicesDropdownFilter),
        ("customer", AutocompleteSelectFilter),
        ("template", AutocompleteSelectFilter),
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
                "template__sample",
            )
        return queryset.select_related("rule", "template", "customer")

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
        return {
            "trigger": trigger,
            "standing": trigger_standing(trigger),
            "template_standing": trigger.template and template_standing(trigger.template),
            "is_signed": services.has_signing_secret(trigger),
            "deliveries_url": f"{deliveries}?rule__id__exact={trigger.rule_id}",
        }

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
        trigger = self.take(request, str(object_id))
        if trigger is None:
            return HttpResponseNotAllowed(["POST"])
        had_one = services.has_signing_secret(trigger)
        try:
            secret = services.rotate_signing_secret(trigger=trigger, by=request.user)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
            return self.to_page(trigger.pk)
        context = self._page(request, "Copy the signing secret now") | {
            "trigger": trigger,
            "secret": secret,
            "had_one": had_one,
            "back_url": self.page_url(trigger.pk),
        }
        response = TemplateResponse(request, "admin/postbacks/trigger/secret.html", context)
        response["Cache-Control"] = "no-store"
        return response

    def test_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Ask which payload to try it with, then emit; a worker sends, the result has a page."""
        trigger = self.take(request, str(object_id), post_only=False)
        if trigger is None:
            raise Http404
        payload, problems = sample_for(trigger), []
        if request.method == "POST":
            payload = request.POST.get("payload", "")
            try:
                uid = services.test_trigger(trigger=trigger, payload=payload, by=request.user)
            except ValidationError as error:
                problems = error.messages
            else:
                return self._to_delivery(request, uid)
        context = self._page(request, f"Test {trigger.name}") | {
            "trigger": trigger,
            "payload": payload,
            "problems": problems,
            "back_url": self.page_url(trigger.pk),
        }
        return TemplateResponse(request, "admin/postbacks/trigger/test.html", context)

    def _to_delivery(self, request: HttpRequest, uid: Any) -> HttpResponse:
        if not request.user.has_perm("dispatcher.view_delivery"):
            raise PermissionDenied
        key = Delivery.objects.values_list("pk", flat=True).get(uid=uid)
        return HttpResponseRedirect(reverse("admin:dispatcher_delivery_change", args=[key]))

    def _page(self, request: HttpRequest, title: str) -> dict[str, Any]:
        return {**self.admin_site.each_context(request), "opts": self.opts, "title": title}

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
