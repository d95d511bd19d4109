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

from dispatcher.configuration.saving import Author
from postbacks import services
from postbacks.lookups.values import clean
from postbacks.models import LookupRow, LookupTable

PER_PAGE = 50
_KEPT = 1_000  # characters of a refused row that come back into the form by the address


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
        "new_key": request.GET.get("new_key", ""),
        "new_value": request.GET.get("new_value", ""),
    }


def _page(table: LookupTable, find: str, number: str) -> Page[LookupRow]:
    rows = LookupRow.objects.filter(table_id=table.pk).order_by("key")
    if find:
        rows = rows.filter(Q(key__icontains=find) | Q(value__icontains=find))
    paginator = KnownPaginator(rows, None if find else table.row_count)
    return paginator.get_page(number if number.isascii() and len(number) < 9 else 1)


def _query(find: str, number: int, **more: str) -> str:
    values = {"find": find, "rows": number if number > 1 else "", **more}
    return urlencode({name: value for name, value in values.items() if value})


def change_row(request: HttpRequest, table: LookupTable, page_url: str) -> HttpResponse:
    """Add, change or delete the row of a form, then come back to where it was pressed."""
    find, number = request.GET.get("find", "")[:200], request.GET.get("rows", "")
    query = _query(find, int(number) if number.isdigit() and len(number) < 9 else 1)
    try:
        messages.success(request, _change(request, table, request.user))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        if not request.POST.get("row"):
            query = _query(find, 1, **_typed(request))
    return HttpResponseRedirect(f"{page_url}?{query}#rows")


def _change(request: HttpRequest, table: LookupTable, by: Author) -> str:
    """Do it; the sentence that says so."""
    posted = request.POST
    key, value = posted.get("key", ""), posted.get("value", "")
    row = _row_as_seen(request, table)
    if row is None:
        added = services.set_row(table=table, key=key, value=value, by=by)
        return f"Row “{added.key}” added."
    if posted.get("verb") == "delete":
        services.delete_row(table=table, row=row, by=by)
        return f"Row “{row.key}” deleted. It stood for “{row.value[:80]}”."
    changed = services.set_row(table=table, key=key, value=value, row=row, by=by)
    return f"Row “{changed.key}” saved."


def _row_as_seen(request: HttpRequest, table: LookupTable) -> LookupRow | None:
    """The row as the page showed it; None for the form that adds one."""
    pk = request.POST.get("row", "")
    if not (pk.isascii() and pk.isdigit() and len(pk) < 19):
        return None
    key, value = clean(request.POST.get("old_key", ""), request.POST.get("old_value", ""))
    return LookupRow(pk=int(pk), table=table, key=key, value=value)


def _typed(request: HttpRequest) -> dict[str, str]:
    """What was typed and refused, so that it need not be typed again."""
    typed = {
        "new_key": request.POST.get("key", ""),
        "new_value": request.POST.get("value", ""),
    }
    return typed if sum(map(len, typed.values())) < _KEPT else {}
