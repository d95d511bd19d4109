"""Goals: reached from their offer's page."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse
from django.utils.safestring import SafeString

from dispatcher.admin.service import ServiceAdmin, ServiceForm
from dispatcher.console import display
from offers import services
from offers.admin.wording import goal_label
from offers.models import Goal


class GoalForm(ServiceForm[Goal]):
    class Meta:
        model = Goal
        fields = ("offer", "name", "reference_id", "is_default")
        help_texts = {
            "reference_id": "How your systems name this goal when they report a conversion. Left "
            "empty, it is made from the name.",
            "is_default": "Conversions that name no goal count for this one. It takes that from "
            "the default there is.",
        }

    def store(self) -> None:
        services.save_goal(goal=self.instance, by=self.by)


@admin.register(Goal)
class GoalAdmin(ServiceAdmin[Goal]):
    form = GoalForm
    fields = ("offer", "name", "reference_id", "is_default", "seen_at")
    list_display = ("title", "offer", "reference_id")
    list_select_related = ("offer",)
    search_fields = ("name", "reference_id", "offer__name")
    search_help_text = "Name, reference ID or offer"
    autocomplete_fields = ("offer",)
    empty_text = "Goals belong to offers: add them on the page of an offer."
    delete_text = "Neither a conversion nor a postback names it."
    ordering = ("offer__name", "name")
    sortable_by = ()

    def get_readonly_fields(self, request: HttpRequest, obj: Goal | None = None) -> tuple[str, ...]:
        return ("offer",) if obj else ()

    def refusal(self, row: Goal) -> str:
        return services.why_goal_stays(goal=row)

    def remove(self, row: Goal, by: Any) -> None:
        services.delete_goal(goal=row, by=by)

    def response_post_save_add(self, request: HttpRequest, obj: Goal) -> HttpResponseRedirect:
        return self._to_offer(obj)

    def response_post_save_change(self, request: HttpRequest, obj: Goal) -> HttpResponseRedirect:
        return self._to_offer(obj)

    def _to_offer(self, goal: Goal) -> HttpResponseRedirect:
        return HttpResponseRedirect(reverse("admin:offers_offer_goals", args=[goal.offer_id]))

    @admin.display(description="Goal")
    def title(self, goal: Goal) -> SafeString | str:
        return display.two_lines(goal_label(goal, ""), "")
