"""`GET /events`: server-sent events for the page."""

from __future__ import annotations

import json
from typing import Any, Protocol

from dispatcher.receiver.answers import Exchange, head
from dispatcher.receiver.feed import Feed
from dispatcher.receiver.formats import page_entry
from dispatcher.receiver.ledger import Entry, Ledger
from dispatcher.receiver.paths import PATHS

SHOWN = 100  # how many requests the page is sent at a time; it says how many it leaves out
HEARTBEAT_SECONDS = 15.0


class HoldsSecret(Protocol):
    """Whoever knows the signing secret of the moment."""

    secret: bytes | None


class EventStream:
    """What arrives, as it arrives: `start` with what there is, then `requests`."""

    status = 200
    label = "event stream"

    def __init__(self, feed: Feed, ledger: Ledger, holder: HoldsSecret) -> None:
        self._feed = feed
        self._ledger = ledger
        self._holder = holder
        self._behind = False

    def play(self, exchange: Exchange) -> None:
        """Push until the client goes away."""
        self._exchange = exchange
        exchange.write(
            head(200, ("Content-Type", "text/event-stream"), ("Cache-Control", "no-store"))
            + b"\r\n"
        )
        self._feed.follow(self._push)
        exchange.when_lost(lambda: self._feed.leave(self._push))
        self._start()
        exchange.trickle(b": still here\n\n", HEARTBEAT_SECONDS)

    def _push(self, entries: list[Entry]) -> None:
        if self._exchange.congested:
            self._behind = True  # the next batch that gets through shows where we are by then
        elif self._behind or not entries:
            self._start()
        else:
            self._send("requests", self._told(entries[-SHOWN:]))

    def _start(self) -> None:
        self._behind = False
        told = self._told(self._ledger.last(SHOWN))
        self._send("start", told | {"has_secret": self._holder.secret is not None, "paths": PATHS})

    def _told(self, entries: list[Entry]) -> dict[str, Any]:
        requests, ids = self._ledger.count()
        shown = [page_entry(entry, self._holder.secret) for entry in entries]
        return {"requests": requests, "webhook_ids": ids, "entries": shown}

    def _send(self, event: str, data: dict[str, Any]) -> None:
        self._exchange.write(f"event: {event}\ndata: {json.dumps(data)}\n\n".encode())
