"""Filters of the ledgers; each is answered by an index."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.contrib.filters.admin import AutocompleteSelectFilter

from dispatcher.admin.trouble import silent_rules, troubled_destinations, troubled_rules
from dispatcher.console import names
from dispatcher.console.wording import NO_CAUSE, cause_words, type_label
from dispatcher.keys import as_keys
from dispatcher.models import Delivery, Event
from dispatcher.selecting import FILTERS, describe, is_readable
from dispatcher.selecting.filters import span_words
from dispatcher.selecting.times import SPANS, parse_span
from dispatcher.types import Outcome

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin, SimpleListFilter

    class DropdownFilter(SimpleListFilter):
        parameter_name: str

    class TextFilter(SimpleListFilter): ...
else:
    from unfold.contrib.filters.admin import DropdownFilter, TextFilter


class RowFilter(AutocompleteSelectFilter):  # type: ignore[misc]
    """One row of another table, found by typing; what can be no key is no filter."""

    def __init__(
        self, field: Any, request: HttpRequest, params: dict[str, Any], *args: Any, field_path: str
    ) -> None:
        name = f"{field_path}__{field.target_field.name}__exact"
        given = params.get(name, [])
        if len(as_keys(given)) < len(given):
            del params[name]
        super().__init__(field, request, params, *args, field_path=field_path)


class SelectionFilter(DropdownFilter):
    """A filter of `dispatcher.selecting` by its parameter's name; nonsense is no choice."""

    def value(self) -> str | None:
        given = super().value()
        return given if given and is_readable(self.parameter_name, given) else None

    def queryset(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> QuerySet[Delivery]:
        value = self.value()
        return FILTERS[self.parameter_name](queryset, str(value)) if value else queryset


class StateFilter(SelectionFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> list[tuple[str, str]]:
        return [
            ("pending", "Waiting, all"),
            ("held", "Held"),
            ("late", "Late: should have been sent"),
            ("retrying", "Will be tried again"),
            ("ended", "Delivered or failed"),
            ("delivered", "Delivered"),
            ("failed", "Failed"),
            ("canceled", "Canceled"),
        ]


class OutcomeFilter(SelectionFilter):
    title = "last outcome"
    parameter_name = "outcome"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> list[tuple[str, str]]:
        return [(str(value), str(label)) for value, label in Outcome.choices]


class EndedFilter(SelectionFilter):
    """When it was delivered, failed or was canceled; a chart's bar gives its own span."""

    title = "ended"
    parameter_name = "ended"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> list[tuple[str, str]]:
        choices = [(name, words) for name, (words, _) in SPANS.items()]
        given = request.GET.get("ended", "")
        if given not in SPANS and parse_span(given):
            choices.append((given, span_words(given)))
        return choices


class CreatedFilter(SelectionFilter):
    """Only there where a page has led with a span of time."""

    title = "created"
    parameter_name = "created"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> list[tuple[str, str]]:
        given = request.GET.get("created", "")
        return [(given, span_words(given))] if parse_span(given) else []


class ResentFilter(SelectionFilter):
    """Only there where a page has led with it."""

    title = "sent again by hand"
    parameter_name = "resent"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> list[tuple[str, str]]:
        return [("no", "No")] if request.GET.get("resent") == "no" else []


class JobFilter(SelectionFilter):
    """Only there where a job's page has led with it."""

    title = "worked on by"
    parameter_name = "job"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> list[tuple[str, str]]:
        given = {"job": request.GET.get("job", "")}
        return [(given["job"], words) for _, words in describe(given)]


class CauseFilter(SelectionFilter):
    """Only there where a page has led with a cause."""

    title = "cause"
    parameter_name = "cause"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> list[tuple[str, str]]:
        given = request.GET.get("cause", "")
        words = cause_words(request.GET.get("outcome", ""), given)
        return [(given, "nothing further is known" if given == NO_CAUSE else words)] * bool(given)


class NowhereFilter(SelectionFilter):
    """Only there where a page has led with it."""

    title = "where to"
    parameter_name = "to"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> list[tuple[str, str]]:
        return [("nowhere", "No receiver yet")] if request.GET.get("to") == "nowhere" else []


class ForFilter(TextFilter):
    """Customers, affiliates and channels by name."""

    title = "customer, affiliate or channel"
    parameter_name = "for"

    def queryset(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> QuerySet[Delivery]:
        value = (self.value() or "").strip()
        return FILTERS["for"](queryset, value) if value else queryset


class EventForFilter(ForFilter):
    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = (self.value() or "").strip()
        return queryset.filter(owner__in=names.find(value)).exclude(owner="") if value else queryset


class TestFilter(DropdownFilter):
    title = "test runs"
    parameter_name = "test"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> list[tuple[str, str]]:
        return [("no", "Without test runs"), ("yes", "Test runs only")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        return FILTERS["test"](queryset, str(value)) if value else queryset


class HealthFilter(DropdownFilter):
    """Destinations that are not well."""

    title = "health"
    parameter_name = "health"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> list[tuple[str, str]]:
        return [("trouble", "Failing or paused")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        is_asked = self.value() == "trouble"
        return (
            queryset.filter(pk__in=troubled_destinations().values("pk")) if is_asked else queryset
        )


class RuleHealthFilter(HealthFilter):
    """Rules that rest or are paused."""

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> list[tuple[str, str]]:
        return [("trouble", "Resting or paused")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        is_asked = self.value() == "trouble"
        return queryset.filter(pk__in=troubled_rules().values("pk")) if is_asked else queryset


class SilentFilter(DropdownFilter):
    """Rules that are active and send nothing."""

    title = "what it sends"
    parameter_name = "sends"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> list[tuple[str, str]]:
        return [("nothing", "Active, but nothing for 30 days")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() != "nothing":
            return queryset
        return queryset.filter(pk__in=silent_rules().values("pk"))


class EventTypeFilter(DropdownFilter):
    """The types among the latest events."""

    title = "what happened"
    parameter_name = "type"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> list[tuple[str, str]]:
        return [(name, type_label(name)) for name in known_types()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(type=self.value()) if self.value() else queryset


class DeliveryTypeFilter(EventTypeFilter):
    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        return FILTERS["type"](queryset, str(value)) if value else queryset


def known_types() -> list[str]:
    """Event types of the latest events."""
    latest = Event.objects.order_by("-id").values("type")[:500]
    types = Event.objects.filter(pk__in=latest.values("pk")).values_list("type", flat=True)
    return sorted(set(types.distinct()))
