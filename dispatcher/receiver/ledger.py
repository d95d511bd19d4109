"""What arrived: cheap to write, formatted only when somebody asks."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from itertools import islice
from typing import NamedTuple

KEEP_BYTES = 256 * 1024 * 1024  # bodies and headers; memory stays bounded whatever arrives
ENTRY_BYTES = 600  # about what an entry costs apart from them


class Request(NamedTuple):
    """A request as it came. `head` is name, value, name, value … with a newline between."""

    method: bytes
    target: bytes
    head: bytes
    body: bytes
    webhook_id: bytes

    def size(self) -> int:
        """Bytes it takes up, about."""
        return ENTRY_BYTES + len(self.target) + len(self.head) + len(self.body)


class Entry(NamedTuple):
    """A line of the ledger. `status` 0 means that no status is ever answered."""

    n: int
    at: int  # epoch nanoseconds
    request: Request
    status: int
    answer: str
    attempt: int  # how many times this webhook-id was seen, with this one


class Ledger:
    """The last `keep` requests, numbered from 1; a number is never used twice."""

    def __init__(self, *, keep: int, keep_bytes: int = KEEP_BYTES) -> None:
        self._keep = keep
        self._keep_bytes = keep_bytes
        self._bytes = 0
        self._entries: deque[Entry] = deque()
        self._seen: dict[bytes, int] = {}
        self.recorded = 0
        self._cleared_at = 0
        self.on_record: Callable[[Entry], None] | None = None

    def record(self, request: Request, status: int, answer: str) -> None:
        """Write down one request and what it is answered, and forget the oldest if need be."""
        self.recorded = number = self.recorded + 1
        attempt = 0
        if request.webhook_id:
            attempt = self._seen.get(request.webhook_id, 0) + 1
            self._seen[request.webhook_id] = attempt
        entry = Entry(number, time.time_ns(), request, status, answer, attempt)
        self._entries.append(entry)
        self._bytes += request.size()
        if len(self._entries) > self._keep or self._bytes > self._keep_bytes:
            self._forget()
        if self.on_record is not None:
            self.on_record(entry)

    def since(self, number: int) -> list[Entry]:
        """Everything still kept that came after `number`, oldest first."""
        if not self._entries:
            return []
        return list(islice(self._entries, max(0, number + 1 - self._entries[0].n), None))

    def last(self, limit: int) -> list[Entry]:
        """The newest `limit` entries, oldest first."""
        return self.since(self.recorded - limit)

    def count(self) -> tuple[int, int]:
        """Requests since the start or the last clearing, and distinct webhook ids still kept."""
        return self.recorded - self._cleared_at, len(self._seen)

    def clear(self) -> None:
        """Forget everything, also how often an id was seen. Numbers go on."""
        self._entries.clear()
        self._seen.clear()
        self._bytes = 0
        self._cleared_at = self.recorded

    def _forget(self) -> None:
        while len(self._entries) > self._keep or (
            self._bytes > self._keep_bytes and len(self._entries) > 1
        ):
            oldest = self._entries.popleft()
            self._bytes -= oldest.request.size()
            webhook_id = oldest.request.webhook_id
            if webhook_id and self._seen.get(webhook_id) == oldest.attempt:
                del self._seen[webhook_id]  # this was its last attempt that was kept
