"""Pages by keyset: each begins where the one before ended, however many rows there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from django.db.models import QuerySet
from django.http import HttpRequest

from dispatcher.keys import as_key

SIZE = 50


class Fetch(Protocol):
    """Rows with an `id`, newest first: those before an id, or the next after one."""

    def __call__(self, *, before: int | None, after: int | None, limit: int) -> Sequence[Any]: ...


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows, and the addresses of the pages beside them ("" where there is none)."""

    rows: Sequence[Any]
    newer: str
    older: str


def page(request: HttpRequest, fetch: Fetch, *, size: int = SIZE) -> Page:
    """The page that the request's `before` or `after` names; the newest rows otherwise."""
    after = _position(request, "after")
    before = None if after is not None else _position(request, "before")
    rows = list(fetch(before=before, after=after, limit=size + 1))
    has_more = len(rows) > size
    is_back = after is not None
    rows = rows[-size:] if is_back else rows[:size]
    has_newer = has_more if is_back else before is not None
    has_older = has_more or is_back
    return Page(
        rows,
        newer=_address(request, "after", rows[0].id) if rows and has_newer else "",
        older=_address(request, "before", rows[-1].id) if rows and has_older else "",
    )


def rows_of(found: QuerySet[Any]) -> Fetch:
    """How the rows of a queryset are fetched."""

    def fetch(*, before: int | None, after: int | None, limit: int) -> Sequence[Any]:
        if after is not None:
            return list(found.filter(pk__gt=after).order_by("pk")[:limit])[::-1]
        rows = found.filter(pk__lt=before) if before is not None else found
        return list(rows.order_by("-pk")[:limit])

    return fetch


def _position(request: HttpRequest, name: str) -> int | None:
    return as_key(request.GET.get(name, ""))


def _address(request: HttpRequest, name: str, position: int) -> str:
    query = request.GET.copy()
    for other in ("before", "after"):
        query.pop(other, None)
    query[name] = str(position)
    return f"?{query.urlencode()}"
