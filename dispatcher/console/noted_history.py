"""The history page of rows that have none of their own: what admin noted, as others' are shown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.admin.models import ADDITION, CHANGE, LogEntry
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest

from dispatcher.console import noting
from dispatcher.console.changes import Field


@dataclass(frozen=True, slots=True)
class Record:
    """A note by the names that the template of a history knows."""

    history_date: datetime
    history_user: str
    get_history_type_display: str
    history_change_reason: str
    history_delta_changes: list[Field]


class NotedHistory:
    """Of a ModelAdmin: newest first, as every other history."""

    def get_paginator(
        self, request: HttpRequest, queryset: Any, per_page: int, *args: Any, **kwargs: Any
    ) -> Any:
        if isinstance(queryset, QuerySet) and queryset.model is LogEntry:
            queryset = queryset.order_by("-action_time", "-pk")
        return super().get_paginator(request, queryset, per_page, *args, **kwargs)  # type: ignore[misc]


def records(page: Page[LogEntry]) -> Page[Record]:
    """A page of notes for `admin/configuration/history_list.html`."""
    shown = [_record(entry) for entry in page]
    return Page(shown, page.number, Paginator(shown, max(len(shown), 1)))


def _record(entry: LogEntry) -> Record:
    fields = noting.fields_of(entry)
    by_hand = noting.is_by_hand(entry)
    verb = {ADDITION: "Added", CHANGE: "Changed"}.get(entry.action_flag, "Deleted")
    return Record(
        entry.action_time,
        entry.user.get_full_name() or entry.user.get_username(),
        "By hand" if by_hand else verb,
        "" if fields else entry.get_change_message(),
        fields,
    )
