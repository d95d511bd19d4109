"""Filters of channels and orders."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet
from django.http import HttpRequest

from notifications import services
from notifications.events import Source
from notifications.kinds import KINDS
from notifications.models import Channel, Order

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin, SimpleListFilter

    class DropdownFilter(SimpleListFilter): ...
else:
    from unfold.contrib.filters.admin import DropdownFilter

Choices = list[tuple[str, str]]


class KindFilter(DropdownFilter):
    title = "kind"
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> Choices:
        return [(kind.name, kind.label) for kind in KINDS.values()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Channel]) -> QuerySet[Channel]:
        return queryset.filter(kind=self.value()) if self.value() in KINDS else queryset


class SourceFilter(DropdownFilter):
    title = "source"
    parameter_name = "source"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> Choices:
        return [(str(value), str(label)) for value, label in Source.choices]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Order]) -> QuerySet[Order]:
        return queryset.filter(source=self.value()) if self.value() in Source.values else queryset


class NotificationFilter(DropdownFilter):
    """Orders that have a notification in a state, or that wait to be completed."""

    title = "notifications"
    parameter_name = "notifications"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> Choices:
        return [
            ("failed", "One has failed"),
            ("pending", "One is waiting"),
            ("delivered", "One was delivered"),
            ("completing", "Waiting for the thank-you page"),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Order]) -> QuerySet[Order]:
        value = self.value()
        if value == "completing":
            return queryset.filter(complete_due_at__isnull=False)
        if value in {"failed", "pending", "delivered"}:
            return services.with_notification_state(queryset, str(value))
        return queryset
