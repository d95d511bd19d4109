"""Filters of the ledgers; each is answered by an index."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from unfold.contrib.filters.admin import RangeDateFilter

from dispatcher.console.wording import type_label
from dispatcher.models import Delivery, Event, OwnerHold
from dispatcher.types import Outcome

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin, SimpleListFilter

    class DropdownFilter(SimpleListFilter): ...
else:
    from unfold.contrib.filters.admin import DropdownFilter


def first_id(moment: datetime) -> UUID:
    """The smallest version 7 UUID of this time: a time range is a range of ids."""
    milliseconds = int(moment.timestamp() * 1000)
    return UUID(int=max(milliseconds, 0) << 80)


def parse_day(text: str) -> datetime | None:
    """The start of a day, in the service's time zone; None if it is no date."""
    try:
        day = datetime.strptime(text, "%Y-%m-%d")  # noqa: DTZ007 - made aware below
        return timezone.make_aware(day).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


class DayFilter(RangeDateFilter):  # type: ignore[misc]
    """From day to day, both included, through the time that is part of the ids."""

    id_field = "uid"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.title = "day"

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        start = parse_day(self.used_parameters.get(f"{self.field_path}_from") or "")
        end = parse_day(self.used_parameters.get(f"{self.field_path}_to") or "")
        if start:
            queryset = queryset.filter(**{f"{self.id_field}__gte": first_id(start)})
        if end:
            queryset = queryset.filter(**{f"{self.id_field}__lt": first_id(_next_day(end))})
        return queryset


def _next_day(moment: datetime) -> datetime:
    return moment + timedelta(days=1)


class EventDayFilter(DayFilter):
    id_field = "id"


class StateFilter(DropdownFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> list[tuple[str, str]]:
        return [
            ("pending", "Waiting, all"),
            ("held", "Held"),
            ("retrying", "Will be tried again"),
            ("delivered", "Delivered"),
            ("failed", "Failed"),
            ("canceled", "Canceled"),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> QuerySet[Delivery]:
        value = self.value()
        pending = Q(state=Delivery.State.PENDING)
        if value == "held":
            return queryset.filter(pending & held())
        if value == "retrying":
            return queryset.filter(pending, attempts_made__gt=0)
        if value in Delivery.State.values:
            return queryset.filter(state=value)
        return queryset


def held() -> Q:
    """Deliveries that wait because their rule, destination or owner is paused."""
    return (
        Q(rule__state="paused")
        | Q(rule__breaker="open")
        | Q(destination__state="paused")
        | Q(destination__breaker="open")
        | Q(owner__in=OwnerHold.objects.values("owner"))
    )


class OutcomeFilter(DropdownFilter):
    title = "last outcome"
    parameter_name = "outcome"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> list[tuple[str, str]]:
        return [(str(value), str(label)) for value, label in Outcome.choices]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> QuerySet[Delivery]:
        return queryset.filter(outcome=self.value()) if self.value() else queryset


class TestFilter(DropdownFilter):
    title = "test runs"
    parameter_name = "test"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> list[tuple[str, str]]:
        return [("no", "Without test runs"), ("yes", "Test runs only")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() in {"yes", "no"}:
            return queryset.filter(is_test=self.value() == "yes")
        return queryset


class EventTypeFilter(DropdownFilter):
    """The types among the latest events."""

    title = "what happened"
    parameter_name = "type"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> list[tuple[str, str]]:

        return [(name, type_label(name)) for name in known_types()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Event]) -> QuerySet[Event]:
        return queryset.filter(type=self.value()) if self.value() else queryset


def known_types() -> list[str]:
    """Event types of the latest events."""
    latest = Event.objects.order_by("-id").values("type")[:2_000]
    names = Event.objects.filter(pk__in=latest.values("pk")).values_list("type", flat=True)
    return sorted(set(names.distinct()))
