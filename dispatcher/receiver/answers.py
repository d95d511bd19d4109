"""The ways in which a request can be answered, or left without an answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Protocol


class Exchange(Protocol):
    """One request's side of a connection, as far as an answer needs it."""

    @property
    def head_only(self) -> bool:
        """Whether the request was a HEAD."""

    @property
    def keep_alive(self) -> bool:
        """Whether another request may follow on this connection."""

    def write(self, data: bytes) -> None:
        """Send bytes as they are."""

    def finish(self) -> None:
        """The answer is complete."""

    def stream(self, chunks: Iterator[bytes]) -> None:
        """Send chunks as fast as the client reads them, then finish."""

    def trickle(self, chunk: bytes, seconds: float) -> None:
        """Send the chunk again and again, a pause between."""

    def later(self, seconds: float, action: Callable[[], None]) -> None:
        """Do this in a while, unless the client has gone by then."""

    @property
    def congested(self) -> bool:
        """Whether the client reads slower than we write."""

    def when_lost(self, action: Callable[[], None]) -> None:
        """Do this when the connection ends."""

    def close(self) -> None:
        """Close the connection after what was written."""

    def reset(self) -> None:
        """Reset the connection (RST), dropping what was not sent."""


class Answer(Protocol):
    """What a path does. `status` 0: no status is ever answered."""

    @property
    def status(self) -> int:
        """The status code, or 0."""

    @property
    def label(self) -> str:
        """The answer in words, for people."""

    def play(self, exchange: Exchange) -> None:
        """Carry it out."""


def _reason(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unassigned"


def head(status: int, *headers: tuple[str, str]) -> bytes:
    """A status line and headers, without the empty line that ends them."""
    lines = [f"HTTP/1.1 {status} {_reason(status)}", *(f"{n}: {v}" for n, v in headers)]
    return ("\r\n".join(lines) + "\r\n").encode("latin-1")


class Reply:
    """A complete answer, put together once."""

    def __init__(
        self,
        status: int,
        body: bytes,
        *headers: tuple[str, str],
        kind: str = "application/json",
        note: str = "",
    ) -> None:
        self.status = status
        self.label = f"{status} {_reason(status)}{note}"
        if status in (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED):
            body, described = b"", []
        else:
            described = [("Content-Type", kind), ("Content-Length", str(len(body)))]
        self._head = head(status, *described, *headers)
        self._body = body
        self._whole = self._head + b"\r\n" + body

    def play(self, exchange: Exchange) -> None:
        """Send it, and close afterwards where the client or the protocol's version says so."""
        if exchange.keep_alive and not exchange.head_only:
            exchange.write(self._whole)
        else:
            connection = b"" if exchange.keep_alive else b"Connection: close\r\n"
            body = b"" if exchange.head_only else self._body
            exchange.write(self._head + connection + b"\r\n" + body)
        exchange.finish()


@dataclass(frozen=True, slots=True)
class Delayed:
    """Another answer, some seconds later."""

    seconds: float
    reply: Reply

    @property
    def status(self) -> int:
        """That of the answer to come."""
        return self.reply.status

    @property
    def label(self) -> str:
        """The answer to come, and when."""
        return f"{self.reply.label} after {self.seconds:g} s"

    def play(self, exchange: Exchange) -> None:
        """Wait without holding up anybody else."""
        exchange.later(self.seconds, lambda: self.reply.play(exchange))


@dataclass(frozen=True, slots=True)
class Endless:
    """A 200 whose body is made while it is read."""

    label: str
    head: bytes
    chunks: Callable[[], Iterator[bytes]]
    status: int = 200

    def play(self, exchange: Exchange) -> None:
        """Write no faster than the client reads."""
        exchange.write(self.head + b"\r\n")
        if exchange.head_only:
            exchange.close()
        else:
            exchange.stream(self.chunks())


@dataclass(frozen=True, slots=True)
class Drip:
    """A byte a second, for ever."""

    label: str
    start: bytes
    status: int = 200
    seconds: float = 1.0

    def play(self, exchange: Exchange) -> None:
        """Start, and never come to an end."""
        exchange.write(self.start)
        exchange.trickle(b".", self.seconds)


class Hang:
    """Read the request and say nothing."""

    status = 0
    label = "no answer"

    def play(self, exchange: Exchange) -> None:
        """Nothing, until the client gives up."""


class Reset:
    """Reset the connection."""

    status = 0
    label = "connection reset"

    def play(self, exchange: Exchange) -> None:
        """RST instead of an answer."""
        exchange.reset()


class Close:
    """Close the connection properly, without an answer."""

    status = 0
    label = "connection closed"

    def play(self, exchange: Exchange) -> None:
        """FIN instead of an answer."""
        exchange.close()


class Garbage:
    """Something that is not HTTP."""

    status = 0
    label = "garbage"

    def play(self, exchange: Exchange) -> None:
        """Noise, then the end."""
        exchange.write(b"\x16\x03\x01 this is not HTTP \x00\xff\xfe\r\n\r\n<<<>>>")
        exchange.close()
