"""What a worker process keeps from pass to pass: rendering thread, sending threads, caches."""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence

import structlog
from django.conf import settings

from dispatcher import sql
from dispatcher.engine.breaker import AGAINST_DESTINATION, Breakers
from dispatcher.engine.lanes import Lanes
from dispatcher.engine.routes import RouteCache
from dispatcher.http import Exchange
from dispatcher.macros import MacroError
from dispatcher.rendering import Job, Problem, Rendered, renderer
from dispatcher.transports import sender, transport
from dispatcher.types import Outcome
from dispatcher.work import Filler, Work

logger = structlog.get_logger(__name__)

RENDER_BATCH = 50


class Engine:
    """The machinery of one process. Hands back works when they are rendered or sent.

    `rendered` and `finished` are filled by its threads and emptied by the pass; `news` is set
    whenever something was put into `rendered`.
    """

    def __init__(self) -> None:
        self.routes = RouteCache()
        self.breakers = Breakers()
        self.rendered: deque[Work] = deque()
        self.finished: deque[Work] = deque()
        self.news = threading.Event()
        self.lanes = Lanes(self._send, self.finished.append, threads=settings.SEND_THREADS)
        self._to_render: deque[Work] = deque()
        self._called = threading.Condition()
        threading.Thread(target=self._render_for_ever, name="renderer", daemon=True).start()

    def render(self, works: Sequence[Work]) -> None:
        """Have these rendered; they come back in `rendered`, or in `finished` with an error.

        What needs no rendering is filled at once, so that it never waits behind a slow template.
        """
        to_render = []
        for work in works:
            if work.route.fill is None:
                to_render.append(work)
            else:
                self._fill(work, work.route.fill)
        if to_render:
            with self._called:
                self._to_render.extend(to_render)
                self._called.notify()

    def _fill(self, work: Work, fill: Filler) -> None:
        try:
            work.request = fill(work.payload or "")
        except MacroError as error:
            self._refuse(work, Outcome.TEMPLATE_ERROR, str(error), cause="macro")
        except Exception as error:  # noqa: BLE001 - one bad route must not end the pass
            self._refuse(work, Outcome.CONFIGURATION_ERROR, _say(error))
        else:
            self._hand_back(work)

    def waiting_to_render(self) -> int:
        return len(self._to_render)

    def withdraw(self, which: Callable[[Work], bool] = lambda _: True) -> list[Work]:
        """Take back what was neither rendered nor started: all of it, or what is named."""
        with self._called:
            works = [work for work in self._to_render if which(work)]
            kept = [work for work in self._to_render if not which(work)]
            self._to_render.clear()
            self._to_render.extend(kept)
        return works + self.lanes.withdraw(which)

    def _render_for_ever(self) -> None:
        while True:
            with self._called:
                while not self._to_render:
                    self._called.wait()
                count = min(RENDER_BATCH, len(self._to_render))
                batch = [self._to_render.popleft() for _ in range(count)]
            self._render_batch(batch)

    def _render_batch(self, batch: Sequence[Work]) -> None:
        sound: list[Work] = []
        jobs: list[Job] = []
        for work in batch:
            try:
                jobs.append(_job(work))
                sound.append(work)
            except Exception as error:  # noqa: BLE001 - one bad route must not end the thread
                self._refuse(work, Outcome.CONFIGURATION_ERROR, _say(error))
        try:
            results = renderer().render_many(jobs)
        except Exception as error:  # noqa: BLE001 - no process, or a look-up's database is away
            logger.warning("rendering_unavailable", error=type(error).__name__)
            self.finished.extend(sound)  # without an exchange: to be tried again later
            return
        for work, rendered in zip(sound, results, strict=True):
            self._take(work, rendered)

    def _take(self, work: Work, rendered: Rendered) -> None:
        if rendered.errors:
            problem = rendered.errors[0]
            part = work.route.part_name(problem.part)
            cause = "field" if problem.path else problem.where
            self._refuse(work, Outcome.TEMPLATE_ERROR, describe(problem, part), cause=cause)
            return
        try:
            work.request = transport(work.route.transport).freeze(work.route, rendered)
        except Exception as error:  # noqa: BLE001 - one bad route must not end the thread
            self._refuse(work, Outcome.CONFIGURATION_ERROR, _say(error))
            return
        self._hand_back(work)

    def _hand_back(self, work: Work) -> None:
        work.payload = None
        self.rendered.append(work)
        self.news.set()

    def _refuse(self, work: Work, outcome: Outcome, error: str, *, cause: str = "") -> None:
        work.exchange = failure(outcome, error, cause=cause)
        self.finished.append(work)

    def _send(self, work: Work) -> tuple[float, bool]:
        """Make the attempt, unless the lease is about to run out: then somebody else will."""
        if time.monotonic() > work.lease_ends - 1:
            return 0.0, True
        work.started_at = sql.now()
        try:
            work.exchange = sender(work.route.transport).send(work)
        except Exception as error:  # noqa: BLE001 - a thread that ends would block its lane
            work.exchange = failure(Outcome.CONFIGURATION_ERROR, _say(error))
        return work.exchange.duration / 1000, work.exchange.outcome not in AGAINST_DESTINATION


def describe(problem: Problem, part: str = "") -> str:
    """A problem of rendering as the sentence that an attempt keeps."""
    if problem.line is None:
        return problem.message
    place = f"{part} " if part else ""
    place += f"line {problem.line}" + (f", column {problem.column}" if problem.column else "")
    return f"{problem.message} ({problem.where}, {place})"


def _job(work: Work) -> Job:
    return transport(work.route.transport).job(
        work.route, payload=work.payload or "", owner=work.owner
    )


def _say(error: Exception) -> str:
    """A sentence for the attempt; the exception's text could hold a secret, so it stays out."""
    logger.error("configuration_error", error=type(error).__name__)
    return f"The configuration of this rule cannot be used ({type(error).__name__})."


def failure(outcome: Outcome, error: str, *, cause: str = "") -> Exchange:
    """The result of an attempt that ended before anything was sent."""
    return Exchange(outcome=outcome, error=error, cause=cause)


_engine: Engine | None = None
_engine_pid = 0
_making = threading.Lock()


def engine() -> Engine:
    """The engine of this process; a forked child gets one of its own."""
    global _engine, _engine_pid
    with _making:
        if _engine is None or _engine_pid != os.getpid():
            _engine, _engine_pid = Engine(), os.getpid()
        return _engine
