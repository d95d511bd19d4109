"""Headers of every page, how its statements are planned, and a line in the log for each request."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext

from django.http import HttpRequest, HttpResponse
from django_structlog.middlewares import RequestMiddleware

from dispatcher import sql

# 'unsafe-eval' is what the admin theme's Alpine needs to read its attributes; inline scripts,
# the usual way in for an attacker's markup, stay forbidden. Its colours are inline styles.
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; "
    "script-src 'self' 'unsafe-eval'; "
    "style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; "
    "font-src 'self' data:; "
    "object-src 'none'; "
    "base-uri 'self'; "
    "form-action 'self'; "
    "frame-ancestors 'none'"
)


class ContentSecurityPolicyMiddleware:
    """Pages load nothing from anywhere else, and no script that stands in the page itself."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self._get_response(request)
        response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        return response


class PagesPlannedByValuesMiddleware:
    """What pages and API lists ask for is planned for their filters; emitting stays prepared."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        is_emit = request.path.startswith("/api/") and request.method not in {"GET", "HEAD"}
        with nullcontext() if is_emit else sql.planned_by_values():
            return self._get_response(request)


class RequestLogMiddleware(RequestMiddleware):
    """Logs method and path; a query string may hold what somebody searched for, or a secret."""

    @staticmethod
    def format_request(request: HttpRequest) -> str:
        return f"{request.method} {request.path}"
