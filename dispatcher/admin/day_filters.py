"""Filters from day to day, by whatever tells a row's time."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.contrib.filters.admin import RangeDateFilter

from dispatcher.ids import first_id
from dispatcher.selecting.times import created_before, created_from, inserted_before, parse_day


class DayFilter(RangeDateFilter):  # type: ignore[misc]
    """From day to day, both included; what is no day is no filter."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.title = "day"

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        start, end = self._day("from"), self._day("to")
        if start:
            queryset = self.since(queryset, start)
        if end:
            queryset = self.until(queryset, end + timedelta(days=1))
        return queryset

    def since(self, queryset: QuerySet[Any], moment: datetime) -> QuerySet[Any]:
        return queryset.filter(**{f"{self.field_path}__gte": moment})

    def until(self, queryset: QuerySet[Any], moment: datetime) -> QuerySet[Any]:
        return queryset.filter(**{f"{self.field_path}__lt": moment})

    def words(self) -> list[tuple[str, str, str]]:
        """Each parameter that is set, what it is called, and the day."""
        called = str(self.field.verbose_name).removesuffix(" at").capitalize()
        return [
            (f"{self.field_path}_{end}", f"{called} {end}", self._given(end))
            for end in ("from", "to")
            if self._day(end)
        ]

    def _given(self, end: str) -> str:
        return self.used_parameters.get(f"{self.field_path}_{end}") or ""

    def _day(self, end: str) -> datetime | None:
        return parse_day(self._given(end))


class DeliveryDayFilter(DayFilter):
    """By keys, as every filter of deliveries."""

    def since(self, queryset: QuerySet[Any], moment: datetime) -> QuerySet[Any]:
        return created_from(queryset, moment)

    def until(self, queryset: QuerySet[Any], moment: datetime) -> QuerySet[Any]:
        return created_before(queryset, moment)


class InsertedDayFilter(DayFilter):
    """Of a time that the service itself gave a row when it was inserted."""

    def until(self, queryset: QuerySet[Any], moment: datetime) -> QuerySet[Any]:
        return inserted_before(queryset, self.field_path, moment)


class EventDayFilter(DayFilter):
    """Through the time that is part of an event's id."""

    def since(self, queryset: QuerySet[Any], moment: datetime) -> QuerySet[Any]:
        return queryset.filter(id__gte=first_id(moment))

    def until(self, queryset: QuerySet[Any], moment: datetime) -> QuerySet[Any]:
        return queryset.filter(id__lt=first_id(moment))
