"""Hands what was recorded to whoever follows along, in batches."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from dispatcher.receiver.ledger import Entry, Ledger

BATCH_SECONDS = 0.1

Follower = Callable[[list[Entry]], None]


class Feed:
    """Followers are called with what is new, at most ten times a second.

    An empty batch means that the ledger, or what is known about it, has changed as a whole.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._followers: list[Follower] = []
        self._pending: list[Entry] = []
        self._timer: asyncio.TimerHandle | None = None

    def follow(self, follower: Follower) -> None:
        """Call this with everything recorded from now on."""
        self._followers.append(follower)
        self._ledger.on_record = self._note

    def leave(self, follower: Follower) -> None:
        """Call this no more. With nobody following, recording costs nothing extra."""
        if follower in self._followers:
            self._followers.remove(follower)
        if not self._followers:
            self._ledger.on_record = None

    def changed(self) -> None:
        """Tell everybody to start afresh, after what was recorded so far."""
        self.flush()
        self._call([])

    def flush(self) -> None:
        """Hand over now what waits for the next batch."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        pending, self._pending = self._pending, []
        if pending:
            self._call(pending)

    def _note(self, entry: Entry) -> None:
        self._pending.append(entry)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(BATCH_SECONDS, self.flush)

    def _call(self, entries: list[Entry]) -> None:
        for follower in list(self._followers):
            follower(entries)
