"""One client's connection: parses requests, answers them in order, survives anything."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections import deque
from collections.abc import Callable, Iterator
from typing import Protocol, cast

import httptools

from dispatcher.receiver.answers import Answer, Reply
from dispatcher.receiver.ledger import Request

MAX_BODY = 10 * 1024 * 1024
MAX_HEAD = 64 * 1024
MAX_WAITING = 64  # pipelined requests that wait for their turn
LINGER_SECONDS = 5.0  # how long a refused client may go on sending before it is cut off

MALFORMED = Reply(400, b'{"error": "This is not an HTTP/1.1 request."}')
TOO_LARGE = Reply(413, b'{"error": "The body is larger than 10 MiB."}')
HEAD_TOO_LARGE = Reply(431, b'{"error": "The headers are larger than 64 KiB."}')


class App(Protocol):
    """What a connection needs to know of the receiver."""

    connections: set[Connection]

    def answer(self, request: Request) -> Answer:
        """The answer to a request, which is recorded."""

    def refuse(self, request: Request, reply: Reply) -> None:
        """Record a request that is too large to be read."""


class Connection(asyncio.Protocol):
    """The protocol of a connection and, for answers, its exchange (one at a time)."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._parser = httptools.HttpRequestParser(self)
        self._transport: asyncio.Transport = None  # type: ignore[assignment]  # set on connection
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[tuple[Request, bool]] = deque()
        self._busy = self._deaf = self._paused = self._refused = False
        self._chunks: Iterator[bytes] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._when_lost: Callable[[], None] | None = None
        self.keep_alive = True
        self.head_only = False

    # --- asyncio's side

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport; asyncio sets TCP_NODELAY itself on every TCP socket."""
        self._transport = cast("asyncio.Transport", transport)
        self._app.connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop everything that was under way for this client."""
        self._app.connections.discard(self)
        self._deaf = True
        self._chunks = None
        self._waiting.clear()
        if self._timer is not None:
            self._timer.cancel()
        if self._when_lost is not None:
            self._when_lost()

    def data_received(self, data: bytes) -> None:
        """Parse; what is not HTTP is answered 400."""
        if self._deaf:
            return
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserCallbackError:
            raise  # a fault of ours: asyncio reports it and closes this connection only
        except httptools.HttpParserError:
            self._refuse(MALFORMED)
        except httptools.HttpParserUpgrade as upgrade:
            self._ignore_upgrade(data[upgrade.args[0] :])

    def eof_received(self) -> bool:
        """A client that half-closes still gets an answer under way; otherwise asyncio closes.

        One that gave up on `/hang` looks just the same, and is let go.
        """
        self.keep_alive = False
        return not self._deaf and (self._timer is not None or self._chunks is not None)

    def pause_writing(self) -> None:
        """The client reads slower than we write."""
        self._paused = True

    def resume_writing(self) -> None:
        """The client caught up."""
        self._paused = False
        if self._chunks is not None:
            self._pump()

    # --- httptools' side

    def on_message_begin(self) -> None:
        """A new request starts."""
        self._target = b""
        self._head: list[bytes] = []
        self._head_size = 0
        self._body: bytes | bytearray = b""
        self._webhook_id = b""

    def on_url(self, url: bytes) -> None:
        """A piece of the target."""
        self._target += url
        self._grow_head(len(url))

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header."""
        self._head += (name, value)
        self._grow_head(len(name) + len(value))
        if len(name) == 10 and name.lower() == b"webhook-id":
            self._webhook_id = value

    def on_headers_complete(self) -> None:
        """Refuse what announces too much, and let a careful client go on."""
        expects = False
        for name, value in zip(self._head[::2], self._head[1::2], strict=True):
            if len(name) == 14 and name.lower() == b"content-length" and int(value) > MAX_BODY:
                self._refuse(TOO_LARGE)
                return
            if len(name) == 6 and name.lower() == b"expect":
                expects = value.lower() == b"100-continue"
        if expects and not self._deaf:
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, data: bytes) -> None:
        """A piece of the body."""
        if self._deaf:
            return
        if not self._body:
            self._body = data
            return
        if len(self._body) + len(data) > MAX_BODY:
            self._refuse(TOO_LARGE)
            return
        if isinstance(self._body, bytes):
            self._body = bytearray(self._body)
        self._body += data

    def on_message_complete(self) -> None:
        """Answer it now, or after the one before it."""
        if self._deaf or self._parser.should_upgrade():
            return
        request = self._request()
        keep_alive = self._parser.should_keep_alive()
        if not self._busy:
            self._begin(request, keep_alive)
            return
        self._waiting.append((request, keep_alive))
        if len(self._waiting) == MAX_WAITING:
            self._transport.pause_reading()

    # --- answering

    def write(self, data: bytes) -> None:
        """See `Exchange`."""
        self._transport.write(data)

    def finish(self) -> None:
        """See `Exchange`; goes on with the next request that waits."""
        self._busy = False
        if self._refused:
            self._part()
        elif not self.keep_alive:
            self.close()
        elif self._waiting:
            self._loop.call_soon(self._next)

    def stream(self, chunks: Iterator[bytes]) -> None:
        """See `Exchange`."""
        self._chunks = chunks
        self._pump()

    def trickle(self, chunk: bytes, seconds: float) -> None:
        """See `Exchange`."""

        def again() -> None:
            self._transport.write(chunk)
            self.later(seconds, again)

        self.later(seconds, again)

    def later(self, seconds: float, action: Callable[[], None]) -> None:
        """See `Exchange`."""
        self._timer = self._loop.call_later(seconds, action)

    def close(self) -> None:
        """See `Exchange`."""
        self._deaf = True
        self._transport.close()

    def reset(self) -> None:
        """See `Exchange`."""
        self._deaf = True
        linger = struct.pack("ii", 1, 0)
        self._transport.get_extra_info("socket").setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, linger
        )
        self._transport.abort()

    @property
    def congested(self) -> bool:
        """Whether the client reads slower than we write."""
        return self._paused

    def when_lost(self, action: Callable[[], None]) -> None:
        """See `Exchange`."""
        self._when_lost = action

    def abort(self) -> None:
        """End it without waiting for what was not sent (at shutdown)."""
        self._transport.abort()

    def _ignore_upgrade(self, rest: bytes) -> None:
        """Read the request again without its Upgrade header, as RFC 9110 section 7.8 allows.

        Clients that offer HTTP/2 send one with a body, which the parser would take for HTTP/2.
        """
        method = self._parser.get_method()
        if method == b"CONNECT":
            self._refuse(MALFORMED)
            return
        pairs = zip(self._head[::2], self._head[1::2], strict=True)
        kept = [b"%s: %s" % pair for pair in pairs if pair[0].lower() != b"upgrade"]
        lines = [b"%s %s HTTP/1.1" % (method, self._target), *kept, b"", b""]
        self._parser = httptools.HttpRequestParser(self)
        self.data_received(b"\r\n".join(lines) + rest)

    def _request(self) -> Request:
        return Request(
            self._parser.get_method(),
            self._target,
            b"\n".join(self._head),
            bytes(self._body),
            self._webhook_id,
        )

    def _begin(self, request: Request, keep_alive: bool) -> None:  # noqa: FBT001  # a hot path
        self._busy = True
        self.keep_alive = keep_alive
        self.head_only = request.method == b"HEAD"
        self._app.answer(request).play(self)

    def _next(self) -> None:
        if self._busy or self._deaf or not self._waiting:
            return
        if len(self._waiting) == MAX_WAITING:
            self._transport.resume_reading()
        self._begin(*self._waiting.popleft())

    def _pump(self) -> None:
        if self._chunks is None or self._paused or self._transport.is_closing():
            return
        chunk = next(self._chunks, None)
        if chunk is None:
            self._chunks = None
            self.finish()
            return
        self._transport.write(chunk)
        self._loop.call_soon(self._pump)  # others get their turn between two chunks

    def _grow_head(self, size: int) -> None:
        self._head_size += size
        if self._head_size > MAX_HEAD and not self._deaf:
            self._refuse(HEAD_TOO_LARGE)

    def _refuse(self, reply: Reply) -> None:
        """Answer, and hear the client out for a while, lest a reset overtake the answer."""
        if self._deaf:
            return
        self._deaf = True
        if reply is TOO_LARGE:
            self._body = b""
            self._app.refuse(self._request(), reply)
        self._head = []
        if self._busy:
            self._transport.close()  # an earlier answer is under way: nothing can be put before it
            return
        self._busy, self.keep_alive, self.head_only = True, False, False
        self._refused = True
        reply.play(self)

    def _part(self) -> None:
        if self._transport.can_write_eof():
            self._transport.write_eof()
        self.later(LINGER_SECONDS, self._transport.abort)
