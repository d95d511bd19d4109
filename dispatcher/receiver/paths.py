"""Which path does what."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterator
from functools import cache
from itertools import repeat
from math import isfinite
from typing import NamedTuple
from urllib.parse import parse_qs

from dispatcher.receiver.answers import (
    Answer,
    Close,
    Delayed,
    Drip,
    Endless,
    Garbage,
    Hang,
    Reply,
    Reset,
    head,
)
from dispatcher.receiver.ledger import Request

REMEMBERED_PATHS = 10_000
REMEMBERED_LENGTH = 256  # longer ones are taken apart each time
REMEMBERED_FAILURES = 100_000
BLOCK = 1024 * 1024
HUGE_BYTES = 10_000_000_000
BOMB_BLOCKS = 10 * 1024  # of 1 MiB of zeros: 10 GiB
BOMB_CHECKSUM = 0xF41D912F  # zlib.crc32 of 10 GiB of zeros, which takes seconds to compute
LONGEST_SLOW = 3600.0

PATHS = {
    "/ok": "200 at once",
    "/status/503": "any status from 200 to 599; ?retry_after=5 adds the header",
    "/slow/5": "200 after so many seconds; fractions allowed",
    "/flaky/3": "503 three times for each webhook-id, then 200",
    "/gone": "410: stop asking",
    "/redirect": "302 to /ok",
    "/hang": "never answers",
    "/reset": "resets the connection",
    "/close": "closes without an answer",
    "/drip": "a byte a second, for ever; ?headers=1 drips the headers",
    "/huge": "a body of 10 GB",
    "/chunked": "a chunked body that never ends",
    "/gzip": "10 MB that unpack to 10 GiB",
    "/garbage": "something that is not HTTP",
}


def _json(status: int, *headers: tuple[str, str], note: str = "") -> Reply:
    body = json.dumps({"status": status}).encode()
    return Reply(status, body, *headers, note=note)


OK = _json(200)
NOT_FOUND = Reply(
    404,
    json.dumps(
        {
            "error": "No such path. Choose one of these; anything may follow, as in /ok/printshop.",
            "paths": PATHS,
            "see": {"/": "what arrives, as it arrives", "/ledger": "all of it, as JSON lines"},
        },
        indent=2,
    ).encode()
    + b"\n",
    note=": unknown path",
)


class Flaky(NamedTuple):
    """Fails so many times for each webhook-id and path."""

    failures: int


class Target(NamedTuple):
    """A request target, taken apart: `/status/503/shop?retry_after=5`."""

    name: str
    argument: str
    query: dict[str, list[str]]


class Paths:
    """Finds a request's answer; remembers how often `/flaky` has failed."""

    def __init__(self) -> None:
        self._known: dict[bytes, Answer | Flaky] = {b"/ok": OK}
        self._failed: dict[int, int] = {}  # by hash: an id may be as long as its sender likes

    def answer(self, request: Request) -> Answer:
        """The answer that this request's path asks for; 404 with a list if there is none."""
        found = self._known.get(request.target) or self._find(request.target)
        return self._flaky(request, found.failures) if isinstance(found, Flaky) else found

    def forget_failures(self) -> None:
        """Let every `/flaky` path begin anew."""
        self._failed.clear()

    def _find(self, target: bytes) -> Answer | Flaky:
        parsed = parse_target(target)
        rule = RULES.get(parsed.name)
        try:
            found = rule(parsed) if rule else NOT_FOUND
        except ValueError:
            found = NOT_FOUND
        if len(target) <= REMEMBERED_LENGTH:
            if len(self._known) >= REMEMBERED_PATHS:
                self._known.clear()
            self._known[target] = found
        return found

    def _flaky(self, request: Request, failures: int) -> Reply:
        key = hash((request.target, request.webhook_id))
        failed = self._failed.get(key, 0)
        if failed >= failures:
            return OK
        if len(self._failed) >= REMEMBERED_FAILURES:
            del self._failed[next(iter(self._failed))]
        self._failed[key] = failed + 1
        return _json(503, note=f" ({failed + 1} of {failures})")


def parse_target(target: bytes) -> Target:
    """Take a target apart; never raises. An absolute one counts by its path."""
    text = target.decode("latin-1")
    if "://" in text[:8]:
        text = "/" + text.split("://", 1)[1].partition("/")[2]
    path, _, query = text.partition("?")
    _, name, argument, *_ = [*path.split("/"), "", ""]
    return Target(name, argument, parse_qs(query, max_num_fields=None))


def _status(target: Target) -> Answer:
    status = int(target.argument)
    if not 200 <= status <= 599:
        raise ValueError("Not a status that ends a request.")
    after = target.query.get("retry_after", [""])[0]
    return _json(status, ("Retry-After", after)) if _fits_a_header(after) else _json(status)


def _fits_a_header(value: str) -> bool:
    return bool(value) and value.isascii() and value.isprintable()


def _slow(target: Target) -> Answer:
    seconds = float(target.argument)
    if not isfinite(seconds) or not 0 <= seconds <= LONGEST_SLOW:
        raise ValueError("Not a time to wait for.")
    return Delayed(seconds, OK)


def _flaky(target: Target) -> Flaky:
    return Flaky(int(target.argument))


def _drip(target: Target) -> Answer:
    if target.query.get("headers"):
        return Drip("drips headers", head(200) + b"X-Drip: ")
    start = head(200, ("Content-Type", "text/plain"), ("Content-Length", str(HUGE_BYTES)))
    return Drip("200, drips its body", start + b"\r\n")


def _huge(_: Target) -> Answer:
    size = ("Content-Length", str(HUGE_BYTES))
    block = b"x" * 100_000
    return Endless(
        "200 with 10 GB", head(200, size), lambda: repeat(block, HUGE_BYTES // len(block))
    )


def _chunked(_: Target) -> Answer:
    chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
    chunked = head(200, ("Transfer-Encoding", "chunked"))
    return Endless("200, endless chunks", chunked, lambda: repeat(chunk))


def _gzip(_: Target) -> Answer:
    start, block, end = _bomb()
    size = str(len(start) + BOMB_BLOCKS * len(block) + len(end))
    headers = head(200, ("Content-Encoding", "gzip"), ("Content-Length", size))

    def chunks() -> Iterator[bytes]:
        yield start
        yield from repeat(block * 16, BOMB_BLOCKS // 16)
        yield end

    return Endless("200, a gzip bomb", headers, chunks)


@cache
def _bomb() -> tuple[bytes, bytes, bytes]:
    """Start, repeated block and end of a gzip file (RFC 1952) of zeros.

    A full flush makes the compressor forget, so that each block of zeros has the same bytes.
    """
    deflate = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    block = deflate.compress(bytes(BLOCK)) + deflate.flush(zlib.Z_FULL_FLUSH)
    length = BOMB_BLOCKS * BLOCK % 2**32
    trailer = BOMB_CHECKSUM.to_bytes(4, "little") + length.to_bytes(4, "little")
    return b"\x1f\x8b\x08\0\0\0\0\0\x02\xff", block, b"\x03\x00" + trailer


def _always(answer: Answer) -> Callable[[Target], Answer | Flaky]:
    return lambda _: answer


RULES: dict[str, Callable[[Target], Answer | Flaky]] = {
    "ok": _always(OK),
    "status": _status,
    "slow": _slow,
    "flaky": _flaky,
    "gone": _always(_json(410)),
    "redirect": _always(_json(302, ("Location", "/ok"))),
    "hang": _always(Hang()),
    "reset": _always(Reset()),
    "close": _always(Close()),
    "drip": _drip,
    "huge": _huge,
    "chunked": _chunked,
    "gzip": _gzip,
    "garbage": _always(Garbage()),
}
