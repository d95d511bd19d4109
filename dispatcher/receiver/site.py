"""The receiver's own pages: `/`, `/events`, `/ledger`, `/ledger/count` and `/secret`."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Iterator
from functools import cache
from itertools import islice
from pathlib import Path
from urllib.parse import parse_qs

from dispatcher.receiver.answers import Answer, Endless, Reply, head
from dispatcher.receiver.events import EventStream
from dispatcher.receiver.feed import Feed
from dispatcher.receiver.formats import ledger_line
from dispatcher.receiver.ledger import Entry, Ledger, Request
from dispatcher.receiver.paths import Paths
from dispatcher.receiver.signature import decode_secret

PAGE = Path(__file__).parent / "page"
LINES_A_CHUNK = 100
NO_STORE = ("Cache-Control", "no-store")


class Site:
    """Answers what is asked of the receiver itself; none of it is recorded."""

    def __init__(
        self, *, ledger: Ledger, feed: Feed, paths: Paths, secret: bytes | None = None
    ) -> None:
        self._ledger = ledger
        self._feed = feed
        self._paths = paths
        self.secret = secret
        self._pages: dict[bytes, dict[bytes, Callable[[Request], Answer]]] = {
            b"/": {b"GET": lambda _: page()},
            b"/events": {b"GET": lambda _: EventStream(self._feed, self._ledger, self)},
            b"/ledger": {b"GET": self._lines, b"DELETE": self._clear},
            b"/ledger/count": {b"GET": self._count},
            b"/secret": {b"POST": self._set_secret},
        }

    def answer(self, request: Request) -> Answer | None:
        """The answer of one of our pages, or None when the request is for somewhere else.

        A POST to `/` is not for us: whoever sent it forgot a path, and shall see it arrive.
        """
        path = request.target.partition(b"?")[0]
        methods = self._pages.get(path)
        if methods is None:
            return None
        method = b"GET" if request.method == b"HEAD" else request.method
        page = methods.get(method)
        if page is not None:
            return page(request)
        return None if path == b"/" else _not_allowed(methods)

    def _lines(self, request: Request) -> Answer:
        query = parse_qs(request.target.partition(b"?")[2].decode("latin-1"))
        since = query.get("since", ["0"])[0]
        if not since.isdecimal():
            return _problem(400, "since must be the number of a request.")
        entries = self._ledger.since(int(since))
        headers = head(
            200,
            ("Content-Type", "application/x-ndjson; charset=utf-8"),
            ("Transfer-Encoding", "chunked"),
            NO_STORE,
        )
        return Endless("the ledger", headers, lambda: _chunked_lines(entries, self.secret))

    def _count(self, _: Request) -> Answer:
        requests, ids = self._ledger.count()
        body = json.dumps({"requests": requests, "webhook_ids": ids}).encode()
        return Reply(200, body, NO_STORE)

    def _clear(self, _: Request) -> Answer:
        self._feed.flush()
        self._ledger.clear()
        self._paths.forget_failures()
        self._feed.changed()
        return Reply(204, b"")

    def _set_secret(self, request: Request) -> Answer:
        # JSON only, so that no other site's form can post here through somebody's browser.
        if b"\ncontent-type\napplication/json" not in b"\n" + request.head.lower():
            return _problem(415, 'Send JSON: {"secret": "whsec_…"}; an empty one forgets it.')
        try:
            text = json.loads(request.body)["secret"]
            self.secret = decode_secret(text) if text else None
        except (ValueError, KeyError, TypeError, AttributeError):
            return _problem(400, "A signing secret looks like whsec_ followed by base64.")
        self._feed.changed()
        return Reply(204, b"")


def _problem(status: int, message: str) -> Reply:
    return Reply(status, json.dumps({"error": message}, ensure_ascii=False).encode())


def _not_allowed(methods: dict[bytes, Callable[[Request], Answer]]) -> Reply:
    allowed = b", ".join(methods).decode()
    message = json.dumps({"error": f"This path takes {allowed}."}).encode()
    return Reply(405, message, ("Allow", allowed))


def _chunked_lines(entries: list[Entry], secret: bytes | None) -> Iterator[bytes]:
    remaining = iter(entries)
    while batch := list(islice(remaining, LINES_A_CHUNK)):
        data = b"".join(ledger_line(entry, secret) for entry in batch)
        yield b"%x\r\n%s\r\n" % (len(data), data)
    yield b"0\r\n\r\n"


@cache
def page() -> Reply:
    """The page, whole in one document; its policy lets it run nothing but its own script."""
    style = (PAGE / "page.css").read_text("utf-8")
    script = "".join((PAGE / name).read_text("utf-8") for name in ("pretty.js", "page.js"))
    document = (PAGE / "page.html").read_text("utf-8")
    document = document.replace("/*style*/", style).replace("/*script*/", script)
    policy = (
        f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; "
        "connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    )
    return Reply(
        200,
        document.encode(),
        ("Content-Security-Policy", policy),
        ("X-Content-Type-Options", "nosniff"),
        NO_STORE,
        kind="text/html; charset=utf-8",
    )


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
