"""Reads an answer, however odd, within fixed bounds of memory."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httptools

from dispatcher.http.connection import NoAnswerError, Wire
from dispatcher.http.deadline import Deadline
from dispatcher.http.errors import ExchangeError
from dispatcher.types import Outcome

BODY_KEPT = 65_536
HEAD_BYTES_MAX = 65_536
INTERIM_MAX = 20
# Chunk framing and trailers count too, or a peer could stream them for ever.
RECEIVED_MAX = BODY_KEPT + HEAD_BYTES_MAX + 131_072
RETRY_AFTER_MAX = 86_400.0


class Answer:
    """What came back so far; httptools calls its `on_…` methods."""

    __slots__ = (
        "_has_head",
        "_interims",
        "_is_after",
        "_parser",
        "body",
        "headers",
        "is_complete",
        "is_reusable",
        "received",
        "status",
    )

    def __init__(self) -> None:
        self.status: int | None = None
        self.headers: list[tuple[str, str]] = []
        self.body = bytearray()
        self.received = 0
        self.is_complete = False
        self.is_reusable = False  # complete, and the connection may carry another
        self._has_head = False
        self._is_after = False
        self._interims = 0
        self._parser: httptools.HttpResponseParser | None = None

    @property
    def is_truncated(self) -> bool:
        """Whether more came than is kept."""
        return self._has_head and (len(self.body) > BODY_KEPT or self.received > RECEIVED_MAX)

    def read(self, wire: Wire, deadline: Deadline) -> None:
        """Read until the answer is complete or more than enough.

        Raises ExchangeError (no answer, timed out, bad answer) and OSError.
        """
        deadline.enter("wait")
        data = wire.receive(deadline)
        if not data:
            raise NoAnswerError("The connection was closed before any answer.")
        deadline.enter("read")
        parser = self._parser = httptools.HttpResponseParser(self)
        # RFC 9112 2.2: a lone LF may end a line. Many small servers do it; the answer is kept
        # for reading only, so nothing can be smuggled with it.
        parser.set_dangerous_leniencies(lenient_optional_cr_before_lf=True)
        try:
            while self._feed(parser, data):
                data = wire.receive(deadline)
        finally:
            self._parser = None  # no reference cycle, which only the collector would free

    def _feed(self, parser: httptools.HttpResponseParser, data: bytes) -> bool:
        """Take in `data`; return whether more is needed."""
        if not data:
            self._end_of_stream()
            return False
        self.received += len(data)
        try:
            parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            self.is_reusable = False
            if not self.is_complete:
                raise _bad("The answer is not valid HTTP.") from error
        if not self._has_head and self.received > HEAD_BYTES_MAX:
            raise _bad("The answer's headers are too long.")
        if self._interims > INTERIM_MAX:
            raise _bad("The answer began with too many interim (1xx) responses.")
        return not (self.is_complete or self.is_truncated)

    def _end_of_stream(self) -> None:
        """Without a length, the end of the connection is the end of the body (RFC 9112 6.3)."""
        framing = {"content-length", "transfer-encoding"}
        if not self._has_head or any(name.lower() in framing for name, _ in self.headers):
            raise _bad("The connection was closed in the middle of the answer.")
        self.is_complete = True

    def on_message_begin(self) -> None:
        if self.is_complete:  # bytes behind the answer: the connection cannot be trusted
            self._is_after = True
            self.is_reusable = False

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self._has_head:  # trailers are not kept
            self.headers.append((name.decode("latin-1"), value.decode("latin-1")))

    def on_headers_complete(self) -> None:
        if self._is_after or self._parser is None:
            return
        status = self._parser.get_status_code()
        if 100 <= status < 200:
            self._interims += 1
            self.headers.clear()
            return
        if status < 100:
            raise _bad("The answer's status is not valid.")
        self.status = status
        self._has_head = True

    def on_body(self, piece: bytes) -> None:
        if not self._is_after and len(self.body) <= BODY_KEPT:
            self.body += piece

    def on_message_complete(self) -> None:
        if self._has_head and not self.is_complete and self._parser is not None:
            self.is_complete = True
            self.is_reusable = self._parser.should_keep_alive()


def retry_after(headers: Iterable[tuple[str, str]]) -> float | None:
    """Return the seconds that Retry-After asks for (RFC 9110 10.2.3), within 0 to 24 h."""
    for name, value in headers:
        if len(name) == 11 and name.lower() == "retry-after":
            return _seconds(value.strip())
    return None


def readable_body(headers: Iterable[tuple[str, str]], body: bytes) -> bytes:
    """Inflate a kept gzip or deflate body for display: never more than 64 KiB."""
    encodings = {v.strip().lower() for n, v in headers if n.lower() == "content-encoding"}
    if not encodings & {"gzip", "x-gzip", "deflate"}:
        return body
    try:
        return zlib.decompressobj(wbits=47).decompress(body, BODY_KEPT)
    except zlib.error:
        return body


def _seconds(value: str) -> float | None:
    if value.isascii() and value.isdigit():
        # Length first: a million digits would take long to convert.
        return min(float(value), RETRY_AFTER_MAX) if len(value) < 10 else RETRY_AFTER_MAX
    try:
        moment = parsedate_to_datetime(value)
    except (TypeError, ValueError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    wait = (moment - datetime.now(UTC)).total_seconds()
    return min(max(wait, 0.0), RETRY_AFTER_MAX)


def _bad(sentence: str) -> ExchangeError:
    return ExchangeError(Outcome.BAD_ANSWER, sentence)
