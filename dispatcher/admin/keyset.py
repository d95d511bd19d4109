"""Lists of ledgers: pages follow each other by key, so that the last costs what the first does."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import EmptyResultSet, ValidationError
from django.db import connection
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, QueryDict

from dispatcher.admin.active import FilteredChangeList

BEFORE, AFTER = "before", "after"
CAP = 10_000


def newest_keys(queryset: QuerySet[Any], limit: int, *, by: str = "") -> tuple[list[Any], int]:
    """The first keys of a query and the number of its rows, by one statement.

    The query is in descending order of the time that `by` names, if any, and of the key. Counting
    stops one above the cap, so that a large table costs no more than a small one.
    """
    columns = queryset.values_list("pk", by) if by else queryset.values_list("pk")
    try:
        statement, parameters = columns[: CAP + 1].query.sql_with_params()
    except EmptyResultSet:
        return [], 0
    names, order = ("id, at", "at DESC, id DESC") if by else ("id", "id DESC")
    whole = (
        f"WITH found ({names}) AS MATERIALIZED ({statement}) "  # noqa: S608 - the ORM's own statement
        f"SELECT id, (SELECT count(*) FROM found) FROM found ORDER BY {order} LIMIT {limit}"
    )
    with connection.cursor() as cursor:
        cursor.execute(whole, parameters)
        rows = cursor.fetchall()
    key = queryset.model._meta.pk.to_python  # noqa: SLF001 - Django's API
    return [key(row[0]) for row in rows], int(rows[0][1]) if rows else 0


class KeysetChangeList(FilteredChangeList):
    """Newest first; `?before=` and `?after=` name the row that the page follows or precedes.

    By descending key, and before it by the time that the ModelAdmin's `listed_by` names, if any.
    The ModelAdmin looks at all rows of a page at once (`prepare`), to fetch what they share.
    """

    counted: int | None = None
    older_url = ""
    newer_url = ""

    def get_filters_params(self, params: Any = None) -> dict[str, Any]:
        found: dict[str, Any] = super().get_filters_params(params)
        return {name: value for name, value in found.items() if name not in {BEFORE, AFTER}}

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Any]) -> list[Any]:
        return [f"-{self._by}", "-pk"] if self._by else ["-pk"]

    @property
    def _by(self) -> str:
        return str(getattr(self.model_admin, "listed_by", ""))

    def get_results(self, request: HttpRequest) -> None:
        self.asked = request.GET
        self.paginator = self.model_admin.get_paginator(request, self.queryset, self.list_per_page)
        self.show_full_result_count = False
        self.show_admin_actions = True
        self.full_result_count = None
        self.can_show_all = self.multi_page = False
        before, after = (self._key(request.GET.get(name, "")) for name in (BEFORE, AFTER))
        rows = (
            self._first_page(request.GET)
            if before is None and after is None
            else self._later_page(request.GET, before, after)
        )
        self.model_admin.prepare(request, rows)  # type: ignore[attr-defined]
        self.result_list = rows

    def _first_page(self, query: QueryDict) -> list[Any]:
        """The newest rows and how many there are, found together: the search is made once."""
        keys, count = newest_keys(self.queryset, self.list_per_page + 1, by=self._by)
        self.counted = count
        self.result_count = min(count, CAP)
        found = self.queryset.filter(pk__in=keys[: self.list_per_page]) if keys else ()
        rows = list(found)
        self._link(query, rows, has_newer=False, has_older=len(keys) > self.list_per_page)
        return rows

    def _later_page(self, query: QueryDict, before: Any, after: Any) -> list[Any]:
        """What follows or precedes a row; how many there are was said on the first page."""
        limit = self.list_per_page + 1
        if after is not None and before is None:
            rows = list(self._beyond("gt", after).reverse()[:limit])
            has_newer, has_older = len(rows) == limit, True
            rows = rows[: self.list_per_page][::-1]
        else:
            found = self.queryset if before is None else self._beyond("lt", before)
            rows = list(found[:limit])
            has_newer, has_older = before is not None, len(rows) == limit
            rows = rows[: self.list_per_page]
        self._link(query, rows, has_newer=has_newer, has_older=has_older)
        self.result_count = len(rows)
        return rows

    def _beyond(self, side: str, key: Any) -> QuerySet[Any]:
        """What comes after this row ("lt") or before it ("gt"); all, if it is gone meanwhile."""
        found: QuerySet[Any] = self.queryset
        by_key = Q(**{f"pk__{side}": key})
        if not self._by:
            return found.filter(by_key)
        rows = self.model._default_manager.filter(pk=key)  # noqa: SLF001 - Django's API
        moment = rows.values_list(self._by, flat=True).first()
        if moment is None:
            return found
        by_time = Q(**{f"{self._by}__{side}": moment})
        return found.filter(by_time | by_key, **{f"{self._by}__{side}e": moment})

    def _key(self, text: str) -> Any:
        try:
            return self.model._meta.pk.to_python(text) if text else None  # noqa: SLF001 - Django's API
        except ValidationError:
            return None

    def _link(
        self, query: QueryDict, rows: list[Model], *, has_newer: bool, has_older: bool
    ) -> None:
        if rows and has_older:
            self.older_url = self._with(query, BEFORE, rows[-1].pk)
        if has_newer:
            self.newer_url = self._with(query, AFTER, rows[0].pk) if rows else "?"

    @staticmethod
    def _with(query: QueryDict, name: str, key: object) -> str:
        parameters = query.copy()
        parameters.pop(BEFORE, None)
        parameters.pop(AFTER, None)
        parameters[name] = str(key)
        return f"?{parameters.urlencode()}"
