"""Headers of every page, and a line in the log for every request."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django_structlog.middlewares import RequestMiddleware

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


class NoNulMiddleware:
    """A NUL byte is no text that a database keeps: a page's address with one is answered 400.

    The API says so by itself, beside the parameter's name.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path.startswith("/api/"):
            for name, values in request.GET.lists():
                if any("\0" in text for text in (name, *values)):
                    return render(request, "400.html", {"name": name.replace("\0", "")}, status=400)
        return self._get_response(request)


class RequestLogMiddleware(RequestMiddleware):
    """Logs method and path; a query string may hold what somebody searched for, or a secret."""

    @staticmethod
    def format_request(request: HttpRequest) -> str:
        return f"{request.method} {request.path}"
