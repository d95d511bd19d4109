"""Everything under /api/ answers errors as problems, also what no view of the API answered."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from http import HTTPStatus

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import is_valid_path

from dispatcher.api import problems

PREFIX = "/api/"
_CHUNK = 64 * 1024


class ApiMiddleware:
    """Reads chunked bodies within the limit, and puts Django's error pages into problems."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path_info.startswith(PREFIX):
            return self._get_response(request)
        if "chunked" in request.META.get("HTTP_TRANSFER_ENCODING", "").lower():
            data = _read_chunked(request)
            if data is None:
                return _problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            request.META["CONTENT_LENGTH"] = str(len(data))
            request._stream = io.BytesIO(data)  # noqa: SLF001 - as WSGIRequest's
        response = self._get_response(request)
        return _as_problem(request, response) if response.status_code >= 400 else response


def _read_chunked(request: HttpRequest) -> bytes | None:
    """The body of a request without a length; None when it is too large.

    Django reads as much as Content-Length says, which here is nothing; the server has taken the
    chunks apart already and ends the stream where the body ends.
    """
    limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    if not request.META.get("wsgi.input_terminated"):
        return b""
    stream = request.META["wsgi.input"]
    parts: list[bytes] = []
    size = 0
    while size <= limit and (part := stream.read(_CHUNK)):
        parts.append(part)
        size += len(part)
    return None if size > limit else b"".join(parts)


def _as_problem(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    if response.headers.get("Content-Type", "").startswith(problems.CONTENT_TYPE):
        return response
    detail = ""
    path = request.path_info
    if response.status_code == HTTPStatus.NOT_FOUND and not path.endswith("/"):
        detail = f"End the address with a slash: {path}/" if is_valid_path(f"{path}/") else ""
    made = _problem(response.status_code, detail)
    for name in ("Allow", "Retry-After", "WWW-Authenticate"):
        if name in response.headers:
            made.headers[name] = response.headers[name]
    return made


def _problem(status: int, detail: str = "") -> HttpResponse:
    document = json.dumps(problems.body(status, detail), ensure_ascii=False)
    return HttpResponse(document, status=status, content_type=problems.CONTENT_TYPE)
