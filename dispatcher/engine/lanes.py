"""Threads that wait for receivers, one lane per destination (design sections 3 and 5).

A lane's cap bounds what is in flight to its destination from this process: it starts small, grows
while the destination answers and has more waiting, and shrinks on trouble. Slow and failing lanes
together never hold more than half of the threads, so one bad destination harms no other.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable

from dispatcher.work import Work

START_CAP = 4.0
SLOW_SECONDS = 1.0  # a destination that takes longer is a slow one
BUSY_SECONDS = 0.010  # below that, more threads only get in each other's way
SMOOTHING = 0.3
MOST_TROUBLE = 3
KEPT_LANES = 1_000


class Lane:
    """What waits for, and is on its way to, one destination."""

    __slots__ = ("cap", "key", "latency", "running", "trouble", "waiting")

    def __init__(self, key: int | None) -> None:
        self.key = key
        self.waiting: deque[Work] = deque()
        self.running: dict[int, float] = {}  # work id → when it started, monotonic
        self.cap = START_CAP
        self.latency = 0.0
        self.trouble = 0

    @property
    def has_room(self) -> bool:
        return len(self.running) < int(self.cap)

    @property
    def is_full(self) -> bool:
        """Whether claiming more for this destination would only pile it up here."""
        return self.is_slow() and len(self.waiting) >= 2 * self.cap

    def is_slow(self) -> bool:
        """Whether it takes long or fails, by what ended and by what has not come back yet."""
        if self.latency > SLOW_SECONDS or self.trouble:
            return True
        return bool(self.running) and time.monotonic() - min(self.running.values()) > SLOW_SECONDS

    def learn(self, *, seconds: float, is_ok: bool, most: float) -> None:
        """Adjust the cap after one exchange."""
        self.latency += SMOOTHING * (seconds - self.latency)
        if not is_ok:
            self.trouble = min(MOST_TROUBLE, self.trouble + 1)
            self.cap = max(1.0, self.cap / 2)
            return
        self.trouble = max(0, self.trouble - 1)
        wants_more = bool(self.waiting) and self.latency > BUSY_SECONDS and not self.is_slow()
        if wants_more or self.cap < START_CAP:
            self.cap = min(most, self.cap + 1)


class Lanes:
    """A pool of sending threads shared by all destinations.

    `send` does the network and returns (seconds, whether the destination is well); `finish` takes
    what was sent. Neither may touch the database. Threads start when they are needed and live as
    long as the process.
    """

    def __init__(
        self,
        send: Callable[[Work], tuple[float, bool]],
        finish: Callable[[Work], None],
        *,
        threads: int,
    ) -> None:
        self._send = send
        self._finish = finish
        self._size = threads
        self._lanes: dict[int | None, Lane] = {}
        self._queued: OrderedDict[int | None, Lane] = OrderedDict()  # with something waiting
        self._busy: dict[int | None, Lane] = {}  # with something running
        self._ready = threading.Condition()
        self._started = 0
        self._idle = 0

    def submit(self, works: Iterable[Work]) -> None:
        """Queue works to be sent."""
        with self._ready:
            for work in works:
                lane = self._lane(work.destination_id)
                lane.waiting.append(work)
                self._queued[lane.key] = lane
            self._call_threads()

    def withdraw(self, which: Callable[[Work], bool] = lambda _: True) -> list[Work]:
        """Take back what was not started: all of it, or what is named."""
        works: list[Work] = []
        with self._ready:
            for lane in list(self._queued.values()):
                works += [work for work in lane.waiting if which(work)]
                lane.waiting = deque(work for work in lane.waiting if not which(work))
                if not lane.waiting:
                    del self._queued[lane.key]
        return works

    def waiting(self) -> int:
        """How many works wait in lanes that will get to them soon."""
        with self._ready:
            return sum(len(lane.waiting) for lane in self._queued.values() if not lane.is_full)

    def full(self) -> list[int]:
        """Destinations for which nothing more should be claimed now."""
        with self._ready:
            lanes = list(self._queued.values())
        return [lane.key for lane in lanes if lane.key is not None and lane.is_full]

    def slow(self) -> list[int]:
        """Destinations that are slow or failing at this moment."""
        with self._ready:
            lanes = list(self._lanes.values())
        return [lane.key for lane in lanes if lane.key is not None and lane.is_slow()]

    def nudge(self) -> None:
        """Replace threads that got stuck since the last look."""
        with self._ready:
            self._call_threads()

    def _lane(self, key: int | None) -> Lane:
        lane = self._lanes.get(key)
        if lane is None:
            if len(self._lanes) >= KEPT_LANES:
                self._lanes = self._busy | dict(self._queued)
            lane = self._lanes[key] = Lane(key)
        return lane

    def _call_threads(self) -> None:
        wanted = sum(
            min(len(lane.waiting), max(0, int(lane.cap) - len(lane.running)))
            for lane in self._queued.values()
        )
        self._ready.notify(min(wanted, self._idle))
        for _ in range(min(wanted - self._idle, self._limit() - self._started)):
            self._started += 1
            name = f"sender-{self._started}"
            threading.Thread(target=self._run, name=name, daemon=True).start()

    def _limit(self) -> int:
        """Threads that may run: those stuck beyond half of the pool are replaced, up to a bound."""
        stuck = self._held_by_slow() - self._size // 2
        return min(self._size + max(0, stuck), 4 * self._size)

    def _held_by_slow(self) -> int:
        return sum(len(lane.running) for lane in self._busy.values() if lane.is_slow())

    def _run(self) -> None:
        while True:
            with self._ready:
                lane, work = self._next()
            started = time.monotonic()
            seconds, is_ok = self._send(work)
            self._finish(work)
            with self._ready:
                self._settle(lane, work)
                lane.learn(
                    seconds=seconds or time.monotonic() - started, is_ok=is_ok, most=self._size / 2
                )

    def _next(self) -> tuple[Lane, Work]:
        """Wait for a work whose lane has room; lanes take turns."""
        while True:
            lane = self._pick()
            if lane is not None:
                return lane, self._start(lane)
            self._idle += 1
            self._ready.wait()
            self._idle -= 1

    def _pick(self) -> Lane | None:
        for lane in self._queued.values():
            if not lane.has_room:
                continue
            if lane.is_slow() and self._held_by_slow() >= self._size // 2:
                continue
            return lane
        return None

    def _start(self, lane: Lane) -> Work:
        work = lane.waiting.popleft()
        lane.running[work.id] = time.monotonic()
        self._busy[lane.key] = lane
        if lane.waiting:
            self._queued.move_to_end(lane.key)
        else:
            del self._queued[lane.key]
        return work

    def _settle(self, lane: Lane, work: Work) -> None:
        del lane.running[work.id]
        if not lane.running:
            self._busy.pop(lane.key, None)
