"""Writes a request as the bytes that go on the wire."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from dispatcher.http.urls import Target, parse_url

METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE"})
_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})
# What frames the message or names the host is written here; a second one would be ambiguous.
OWN_HEADERS = frozenset(
    {
        "connection",
        "content-length",
        "expect",
        "host",
        "keep-alive",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")  # RFC 9110 5.6.2, token
_FORBIDDEN_IN_VALUE = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_DEFAULTS = (("user-agent", "postbacks"), ("accept", "*/*"), ("accept-encoding", "identity"))


class InvalidRequestError(ValueError):
    """The request cannot be sent; the message says why and holds no value of it."""


@dataclass(frozen=True, slots=True)
class OutgoingRequest:
    """What is to be sent. Host, length and connection headers are added by the client."""

    method: str
    url: str
    headers: Sequence[tuple[str, str]]
    body: bytes

    def __repr__(self) -> str:
        """Leave out URL, headers and body: they may hold credentials."""
        return f"OutgoingRequest({self.method!r}, {len(self.body)} bytes)"


def validate_headers(headers: Sequence[tuple[str, str]]) -> str | None:
    """Say in plain words which header cannot be sent; None when all can."""
    for name, value in headers:
        if not _NAME.fullmatch(name):
            return f"{name!r} is not a header name."
        if name.lower() in OWN_HEADERS:
            return f"The header {name!r} is set by the sender itself."
        if _FORBIDDEN_IN_VALUE.search(value):
            return f"The value of the header {name!r} holds a control character."
    return None


def written(request: OutgoingRequest) -> bytes:
    """The bytes that would be sent. Raises InvalidUrlError, InvalidRequestError."""
    target, request_target = parse_url(request.url)
    return to_bytes(request, target, request_target)


def to_bytes(request: OutgoingRequest, target: Target, request_target: str) -> bytes:
    """Return head and body in one piece, so that one system call sends them.

    Header values are written as UTF-8. Raises InvalidRequestError.
    """
    if request.method not in METHODS:
        raise InvalidRequestError("The HTTP method cannot be used.")
    reason = validate_headers(request.headers)
    if reason is not None:
        raise InvalidRequestError(reason)
    lines = [f"{request.method} {request_target} HTTP/1.1", f"Host: {target.authority}"]
    given = set()
    for name, value in request.headers:
        given.add(name.lower())
        lines.append(f"{name}: {value}")
    lines += [f"{name}: {value}" for name, value in _DEFAULTS if name not in given]
    if request.body or request.method in _WITH_BODY:
        lines.append(f"content-length: {len(request.body)}")
    lines.append("\r\n")
    try:
        return "\r\n".join(lines).encode() + request.body
    except UnicodeEncodeError:
        raise InvalidRequestError("A header holds characters that cannot be encoded.") from None
