"""The rows of a lookup table on its page: a page of them at a time, found by key or value."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Page, Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.functional import cached_property

from dispatcher.configuration.errors import ChangedMeanwhileError
from dispatcher.configuration.saving import Author
from dispatcher.keys import as_key
from postbacks import services
from postbacks.lookups.values import clean
from postbacks.models import LookupRow, LookupTable

PER_PAGE = 50


class KnownPaginator(Paginator[LookupRow]):
    """Does not count when the table knows how many rows it has."""

    def __init__(self, rows: QuerySet[LookupRow], known: int | None) -> None:
        super().__init__(rows, PER_PAGE)
        self._known = known

    @cached_property
    def count(self) -> int:
        return super().count if self._known is None else self._known


def rows_context(request: HttpRequest, table: LookupTable) -> dict[str, Any]:
    """What the part of the page with the rows shows, by `find` and `rows` of the address."""
    find = request.GET.get("find", "").strip()[:200]
    page = _page(table, find, request.GET.get("rows", ""))
    return {
        "table": table,
        "find": find,
        "rows": page,
        "query": _query(find, page.number),
        "earlier": _query(find, page.number - 1) if page.has_previous() else "",
        "later": _query(find, page.number + 1) if page.has_next() else "",
        "last": _query(find, page.paginator.num_pages),
    }


def _page(table: LookupTable, find: str, number: str) -> Page[LookupRow]:
    rows = LookupRow.objects.filter(table_id=table.pk).order_by("key")
    if find:
        rows = rows.filter(Q(key__icontains=find) | Q(value__icontains=find))
    paginator = KnownPaginator(rows, None if find else table.row_count)
    return paginator.get_page(number if number.isascii() and len(number) < 9 else 1)


def _query(find: str, number: int) -> str:
    values = {"find": find, "rows": number if number > 1 else ""}
    return urlencode({name: value for name, value in values.items() if value})


def back_to_rows(request: HttpRequest, page_url: str) -> HttpResponse:
    """To the rows as the address says that they were shown."""
    find = request.GET.get("find", "")[:200]
    query = _query(find, as_key(request.GET.get("rows")) or 1)
    return HttpResponseRedirect(f"{page_url}?{query}#rows")


def change_row(request: HttpRequest, table: LookupTable, page_url: str) -> HttpResponse:
    """Change or delete the row of a form, then come back to where it was pressed."""
    try:
        messages.success(request, _change(request, table, request.user))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return back_to_rows(request, page_url)


def _change(request: HttpRequest, table: LookupTable, by: Author) -> str:
    """Do it; the sentence that says so."""
    posted = request.POST
    row = _row_as_seen(request, table)
    if posted.get("verb") == "delete":
        services.delete_row(table=table, row=row, by=by)
        return f"Row “{row.key}” deleted. It stood for “{row.value[:80]}”."
    key, value = posted.get("key", ""), posted.get("value", "")
    changed = services.set_row(table=table, key=key, value=value, row=row, by=by)
    return f"Row “{changed.key}” saved."


def _row_as_seen(request: HttpRequest, table: LookupTable) -> LookupRow:
    """The row as the page showed it."""
    pk = as_key(request.POST.get("row"))
    if pk is None:
        raise ChangedMeanwhileError("row")
    key, value = clean(request.POST.get("old_key", ""), request.POST.get("old_value", ""))
    return LookupRow(pk=pk, table=table, key=key, value=value)
