"""Rules: what operators configured, as the dispatcher knows it. Read-only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.safestring import SafeString

from dispatcher.admin.base import LedgerAdmin
from dispatcher.admin.delivery_page import hidden_headers, retry_words
from dispatcher.admin.filters import RuleHealthFilter, SilentFilter
from dispatcher.console import display, names
from dispatcher.console.wording import duration_words, rule_standing
from dispatcher.models import Route, Rule


@admin.register(Rule)
class RuleAdmin(LedgerAdmin[Rule]):
    page_template = "admin/dispatcher/rule/page.html"
    page_related = ("route__destination",)
    list_display = ("title", "kind_word", "standing")
    list_filter = (RuleHealthFilter, SilentFilter)
    search_fields = ("name",)
    search_help_text = "Name"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Rule]:
        return super().get_queryset(request).defer("credentials")

    def get_model_perms(self, request: HttpRequest) -> dict[str, bool]:
        return {}  # reached from deliveries; has no place of its own in the menu

    @admin.display(description="Name")
    def title(self, rule: Rule) -> SafeString:
        return display.two_lines(
            rule.name, f"made {rule.created_at:%Y-%m-%d}", self.page_url(rule.pk)
        )

    @admin.display(description="Kind")
    def kind_word(self, rule: Rule) -> str:
        return rule.kind.capitalize()

    @admin.display(description="State")
    def standing(self, rule: Rule) -> SafeString:
        return display.badge(rule_standing(rule))

    def page_context(self, request: HttpRequest, row: Rule) -> Mapping[str, Any]:
        route = row.route
        found = names.resolve([row.owner, route.made_from if route else ""])
        listing = reverse("admin:dispatcher_delivery_changelist")
        return {
            "standing": rule_standing(row),
            "kind": row.kind.capitalize(),
            "owner_name": found.get(row.owner),
            "made_from": found.get(route.made_from) if route else None,
            "route": route,
            "address": route.spec.get("url", "") if route else "",
            "method": route.spec.get("method", "") if route else "",
            "retries": retry_words(route.retry_policy) if route else "",
            "delay": duration_words(route.delay) if route and route.delay else "",
            "hidden": hidden_headers(row),
            "plain": route.spec.get("headers", []) if route else [],
            "revisions": Route.objects.filter(rule=row).count(),
            "deliveries_url": f"{listing}?rule__id__exact={row.pk}",
        }
