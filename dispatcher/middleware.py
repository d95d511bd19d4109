"""How the statements of a request are planned."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext

from django.http import HttpRequest, HttpResponse

from dispatcher import sql


class PagesPlannedByValuesMiddleware:
    """What pages and API lists ask for is planned for their filters; emitting stays prepared."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        is_emit = request.path.startswith("/api/") and request.method not in {"GET", "HEAD"}
        with nullcontext() if is_emit else sql.planned_by_values():
            return self._get_response(request)
