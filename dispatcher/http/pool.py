"""Idle connections that wait for the next request to the same origin."""

from __future__ import annotations

import threading
from collections.abc import Hashable
from time import perf_counter
from typing import Any, Generic, Protocol, TypeVar

SWEEP_SECONDS = 5.0


class Kept(Protocol):
    """A connection that can be kept."""

    idle_since: float

    @property
    def key(self) -> Any:
        """What it is kept under: connections of one key are interchangeable."""

    def is_quiet(self) -> bool:
        """Whether nothing came while idle."""

    def close(self) -> None:
        """Close this process's descriptor, without a word to the other side."""


K = TypeVar("K", bound=Kept)


class IdlePool(Generic[K]):
    """Keeps a bounded number of connections, per key and in all, for a bounded time."""

    def __init__(self, *, per_key: int, in_all: int, seconds: float) -> None:
        self._per_key = per_key
        self._in_all = in_all
        self._seconds = seconds
        self._is_open = True
        self.forget()

    def forget(self) -> None:
        """Start empty with a new lock: what a forked child inherits belongs to its parent."""
        inherited = [wire for wires in getattr(self, "_idle", {}).values() for wire in wires]
        self._lock = threading.Lock()
        self._idle: dict[Hashable, list[K]] = {}
        self._count = 0
        self._swept_at = perf_counter()
        for wire in inherited:
            wire.close()  # this process's descriptor only; nothing goes to the other side

    def take(self, key: Hashable) -> K | None:
        """Return the connection used last, if one is young enough and still quiet."""
        while (wire := self._pop(key)) is not None:
            if perf_counter() - wire.idle_since < self._seconds and wire.is_quiet():
                return wire
            wire.close()
        return None

    def put(self, wire: K) -> None:
        """Keep `wire` for later; the oldest makes room when there are too many."""
        wire.idle_since = now = perf_counter()
        closing = self._sweep(now) if now - self._swept_at > SWEEP_SECONDS else []
        with self._lock:
            wires = self._idle.setdefault(wire.key, [])
            if not self._is_open or len(wires) >= self._per_key:
                closing.append(wire)
            else:
                wires.append(wire)
                self._count += 1
            if self._count > self._in_all:
                closing.append(self._pop_oldest())
        for old in closing:
            old.close()

    def sweep(self) -> None:
        """Close what has been idle for too long."""
        for old in self._sweep(perf_counter()):
            old.close()

    def close(self) -> None:
        """Close what is idle; what comes back later is closed at once."""
        with self._lock:
            self._is_open = False
        self.forget()

    def _pop(self, key: Hashable) -> K | None:
        with self._lock:
            wires = self._idle.get(key)
            if not wires:
                return None
            self._count -= 1
            return wires.pop()

    def _pop_oldest(self) -> K:
        oldest = min((wires for wires in self._idle.values() if wires), key=_oldest_since)
        self._count -= 1
        return oldest.pop(0)

    def _sweep(self, now: float) -> list[K]:
        """Take out what is too old, and the keys that nothing is left of."""
        closing: list[K] = []
        with self._lock:
            self._swept_at = now
            for key, wires in list(self._idle.items()):
                young = [wire for wire in wires if now - wire.idle_since < self._seconds]
                closing += [wire for wire in wires if wire not in young]
                if young:
                    self._idle[key] = young
                else:
                    del self._idle[key]
            self._count -= len(closing)
        return closing


def _oldest_since(wires: list[K]) -> float:
    return wires[0].idle_since
