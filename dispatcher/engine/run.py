"""A pass: claims for a while, keeps everything moving, finishes what it has in hand.

Only this thread speaks to the database, in one short transaction per turn; the engine's threads
render and send. A pass first claims everything, then, while slow receivers still answer, only
for the others, and ends well within django-q2's timeout (design section 3, step 3).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar
from uuid import uuid4

import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError, connection, transaction

from dispatcher import queue, signals
from dispatcher.engine import breaker
from dispatcher.engine.claim import claim, claim_probe
from dispatcher.engine.engine import Engine, engine, failure
from dispatcher.engine.record import freeze, record, release, renew
from dispatcher.engine.work import Work
from dispatcher.models import Delivery, Rule
from dispatcher.services.rules import pause_rule
from dispatcher.types import Outcome

logger = structlog.get_logger(__name__)
T = TypeVar("T")

PREFETCH = 128  # in hand and not yet started; more than what is in flight, so nobody is fed in fours
CLAIM_LIMIT = 100
TURN_SECONDS = 0.015  # results wait this long for company, then are recorded together
IDLE_TURN_SECONDS = 0.05
LINGER_SECONDS = 1.0  # how long a pass looks for more before it ends
PATIENCE_SECONDS = 30.0  # how long it goes on for the quick ones while slow receivers answer
UPKEEP_SECONDS = 1.0
DATABASE_PATIENCE = 60.0


@dataclass(slots=True)
class Report:
    """What a pass did."""

    claimed: int = 0
    recorded: int = 0


class Pass:
    """One pass of one process; see the module's text."""

    def __init__(self, *, linger: float = LINGER_SECONDS, seconds: float | None = None) -> None:
        self.engine: Engine = engine()
        self.lease_id = uuid4()
        self.report = Report()
        self._hand: dict[int, Work] = {}
        self._linger = linger
        self._seconds = settings.PASS_SECONDS if seconds is None else seconds
        self._unrecorded: list[Work] = []
        self._unfrozen: list[Work] = []
        self._next_renewal = 0.0
        self._next_upkeep = 0.0
        self._has_suspect = False

    def run(self) -> Report:
        """Deliver what is due until there is nothing more, or the pass's time is over."""
        queue.clear_mark()
        started = last_busy = time.monotonic()
        self._next_renewal = started + settings.LEASE_SECONDS / 3
        while True:
            age = time.monotonic() - started
            may_claim = self._may_claim(age)
            is_busy = self._turn(may_claim=may_claim, quick_only=age >= self._seconds)
            now = time.monotonic()
            if is_busy:
                last_busy = now
            if not self._hand and (not may_claim or now - last_busy >= self._linger):
                break
            if not may_claim:
                self._give_back()
            self._wait(is_busy=is_busy)
        return self.report

    def _may_claim(self, age: float) -> bool:
        if age < self._seconds:
            return True
        return age < self._seconds + PATIENCE_SECONDS and bool(self.engine.lanes.slow()) and bool(
            self._hand
        )

    def _wait(self, *, is_busy: bool) -> None:
        if self.engine.news.wait(TURN_SECONDS if is_busy or self._hand else IDLE_TURN_SECONDS):
            self.engine.news.clear()
        self.engine.lanes.nudge()

    def _turn(self, *, may_claim: bool, quick_only: bool) -> bool:
        """Move everything one step on; whether there was anything to do."""
        self._collect()
        limit = self._room() if may_claim else 0
        wants_renewal = time.monotonic() >= self._next_renewal and bool(self._hand)
        if not (self._unrecorded or self._unfrozen or limit or wants_renewal):
            return False
        claimed = _persistently(lambda: self._write(limit, quick_only, wants_renewal))
        failed = self._forget_recorded()
        self._send_frozen()
        self._take(claimed)
        if failed:
            signals.delivery_failed.send(Delivery, delivery_ids=failed)
        return bool(claimed or failed or self._hand)

    def _collect(self) -> None:
        """Take what the threads have finished since the last turn."""
        for source, target in (
            (self.engine.finished, self._unrecorded),
            (self.engine.rendered, self._unfrozen),
        ):
            while source:
                work = source.popleft()
                if work.exchange is None and work.request is not None and source is not self.engine.rendered:
                    self._hand.pop(work.id, None)  # not started: its lease was running out
                elif self._hand.get(work.id) is work:
                    target.append(work)

    def _room(self) -> int:
        waiting = self.engine.lanes.waiting() + self.engine.waiting_to_render()
        room = PREFETCH - waiting - len(self._unfrozen)
        return min(CLAIM_LIMIT, room) if room >= PREFETCH // 2 else 0

    def _write(self, limit: int, quick_only: bool, wants_renewal: bool) -> list[Work]:
        """Everything this turn tells the database, in one transaction."""
        self._failed: list[int] = []
        with transaction.atomic():
            if self._unrecorded:
                self._record()
            if self._unfrozen:
                freeze(self._unfrozen)
            if wants_renewal:
                renew(list(self._hand), lease_id=self.lease_id)
            claimed = self._claim(limit, quick_only=quick_only) if limit else []
            if claimed:
                self.engine.routes.equip(claimed)
        if wants_renewal:
            self._extend_leases()
        return claimed

    def _record(self) -> None:
        self._failed = record(self._unrecorded, lease_id=self.lease_id).failed
        self.engine.breakers.observe(self._unrecorded)
        for work in self._unrecorded:
            if work.exchange and work.exchange.status == 410:
                reason = "The receiver answered 410 Gone."
                if pause_rule(work.rule_id, reason=reason):
                    rule_id = work.rule_id
                    transaction.on_commit(
                        lambda rule_id=rule_id: signals.rule_paused.send(
                            Rule, rule_id=rule_id, reason="The receiver answered 410 Gone."
                        )
                    )

    def _claim(self, limit: int, *, quick_only: bool) -> list[Work]:
        lanes = self.engine.lanes
        excluded = set(lanes.full()) | (set(lanes.slow()) if quick_only else set())
        retries = sum(not work.is_first_attempt for work in self._hand.values())
        works = claim(
            lease_id=self.lease_id,
            limit=limit,
            excluded_destinations=excluded,
            only_first_attempts=retries > PREFETCH // 2,
        )
        if time.monotonic() >= self._next_upkeep and not quick_only:
            self._next_upkeep = time.monotonic() + UPKEEP_SECONDS
            works += self._claim_suspect() + self._claim_probes()
        return [work for work in works if work.id not in self._hand]

    def _claim_suspect(self) -> list[Work]:
        if any(work.claims > 2 for work in self._hand.values()):
            return []
        return claim(lease_id=self.lease_id, limit=1, only_suspects=True)

    def _claim_probes(self) -> list[Work]:
        works: list[Work] = []
        for probe in breaker.probes_due():
            is_rule = probe.model is Rule
            found = claim_probe(
                lease_id=self.lease_id,
                rule_id=probe.id if is_rule else None,
                destination_id=None if is_rule else probe.id,
            )
            if found and breaker.start_probe(probe):
                found[0].probes = "rule" if is_rule else "destination"
                works += found
            elif found:
                release([found[0].id], lease_id=self.lease_id)
        return works

    def _extend_leases(self) -> None:
        self._next_renewal = time.monotonic() + settings.LEASE_SECONDS / 3
        for work in self._hand.values():
            work.lease_ends = time.monotonic() + settings.LEASE_SECONDS

    def _forget_recorded(self) -> list[int]:
        for work in self._unrecorded:
            self._hand.pop(work.id, None)
        self.report.recorded += len(self._unrecorded)
        self._unrecorded.clear()
        return self._failed

    def _send_frozen(self) -> None:
        if self._unfrozen:
            self.engine.lanes.submit(self._unfrozen)
            self._unfrozen.clear()

    def _take(self, claimed: Sequence[Work]) -> None:
        """Hand what was just claimed to the threads."""
        self.report.claimed += len(claimed)
        if len(claimed) >= CLAIM_LIMIT:
            queue.ring()  # more than one can do: call a helper
        self._hand.update((work.id, work) for work in claimed)
        lost = [work for work in claimed if work.claims > settings.MAX_CLAIMS]
        for work in lost:
            error = f"{settings.MAX_CLAIMS} workers were lost while they sent this."
            work.exchange = failure(Outcome.WORKER_LOST, error)
            self.engine.finished.append(work)
        sound = [work for work in claimed if work.exchange is None]
        self.engine.lanes.submit(work for work in sound if work.request is not None)
        self.engine.render([work for work in sound if work.request is None])

    def _give_back(self) -> None:
        """Return what was not started; the next pass takes it."""
        works = [work for work in self.engine.withdraw() if work.id in self._hand]
        works += [work for work in self._unfrozen if work.id in self._hand]
        self._unfrozen.clear()
        if not works:
            return
        _persistently(lambda: release([work.id for work in works], lease_id=self.lease_id))
        for work in works:
            del self._hand[work.id]


def _persistently(write: Callable[[], T]) -> T:
    """Repeat a transaction through a database restart or a deadlock; results must not be lost.

    Raises the last error after DATABASE_PATIENCE seconds; leases then run out and others go on.
    """
    give_up = time.monotonic() + DATABASE_PATIENCE
    pause = 0.1
    while True:
        try:
            return write()
        except (OperationalError, InterfaceError) as error:
            if time.monotonic() > give_up or connection.in_atomic_block:
                raise
            logger.warning("database_not_answering", error=type(error).__name__)
            connection.close()
            time.sleep(pause)
            pause = min(2.0, pause * 2)
