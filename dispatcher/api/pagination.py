"""Pages by keyset: each begins where the one before ended, however large the table is."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import remove_query_param, replace_query_param
from rest_framework.views import APIView

from dispatcher.api.problems import Problem

LIMIT = 50
MAX_LIMIT = 200
PARAMETERS = frozenset({"cursor", "limit"})

_POSITION = re.compile(r"([np])(?:([0-9]{1,18})|([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}))")
_BAD_CURSOR = "This is no cursor of ours. Take it from “next” or “previous” of a page."
_BAD_LIMIT = f"Give a number from 1 to {MAX_LIMIT}."


class KeysetPagination(BasePagination):
    """Newest first, by the view's `key` (a unique column: an integer or a UUID)."""

    def paginate_queryset(  # type: ignore[override] # no lists
        self, queryset: QuerySet[Any], request: Request, view: APIView | None = None
    ) -> list[Any]:
        self.key: str = getattr(view, "key", "pk")
        self.url = request.build_absolute_uri()
        limit = _read_limit(request.query_params.get("limit"))
        cursor = request.query_params.get("cursor")
        is_back, position = _decode(cursor) if cursor is not None else (False, None)
        ordered = queryset.order_by(self.key if is_back else f"-{self.key}")
        if position is not None:
            ordered = ordered.filter(**{f"{self.key}__{'gt' if is_back else 'lt'}": position})
        rows = list(ordered[: limit + 1])
        has_more = len(rows) > limit
        rows = rows[:limit]
        if is_back:
            rows.reverse()
        self.has_next = bool(rows) and (has_more or is_back)
        self.has_previous = bool(rows) and (has_more if is_back else position is not None)
        self.rows = rows
        return rows

    def get_paginated_response(self, data: Sequence[Any]) -> Response:
        first, last = (self.rows[0], self.rows[-1]) if self.rows else (None, None)
        return Response(
            {
                "next": self._link("n", last) if self.has_next else None,
                "previous": self._link("p", first) if self.has_previous else None,
                "results": data,
            }
        )

    def _link(self, direction: str, row: Any) -> str:
        text = f"{direction}{getattr(row, self.key)}"
        cursor = base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")
        return replace_query_param(remove_query_param(self.url, "cursor"), "cursor", cursor)

    def get_paginated_response_schema(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        link = {"type": ["string", "null"], "format": "uri"}
        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {
                "next": {**link, "description": "The page after this one; null on the last."},
                "previous": {**link, "description": "The page before; null on the first."},
                "results": schema,
            },
        }

    def get_schema_operation_parameters(self, view: APIView) -> list[dict[str, Any]]:
        return [
            {
                "name": "cursor",
                "in": "query",
                "description": "Where the page begins, from “next” or “previous”.",
                "schema": {"type": "string", "pattern": "^[A-Za-z0-9_-]+$"},
            },
            {
                "name": "limit",
                "in": "query",
                "description": "Rows on a page.",
                "schema": {
                    "type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": LIMIT
                },
            },
        ]  # fmt: skip


def _read_limit(text: str | None) -> int:
    if text is None:
        return LIMIT
    if not (text.isascii() and text.isdigit() and len(text) < 5 and 1 <= int(text) <= MAX_LIMIT):
        raise Problem.of_field("limit", _BAD_LIMIT)
    return int(text)


def _decode(cursor: str) -> tuple[bool, int | UUID]:
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii")
    except (ValueError, binascii.Error):
        text = ""
    found = _POSITION.fullmatch(text)
    if found is None:
        raise Problem.of_field("cursor", _BAD_CURSOR)
    direction, number, uuid = found.groups()
    return direction == "p", int(number) if number else UUID(uuid)
