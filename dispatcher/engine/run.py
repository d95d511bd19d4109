"""A pass: claims for a while, keeps everything moving, finishes what it has in hand.

Only this thread speaks to the database, in one short transaction per turn; the engine's threads
render and send. A pass first claims everything, then, while slow receivers still answer, only
for the others, and ends well within django-q2's timeout (design section 3, step 3).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import uuid4

from django.conf import settings
from django.db import transaction

from dispatcher import queue, signals, sql
from dispatcher.engine.claim import ANY_DUE, claim
from dispatcher.engine.engine import Engine, engine, failure
from dispatcher.engine.exceptional import claim_exceptional
from dispatcher.engine.holds import Holds
from dispatcher.engine.persistence import persistently
from dispatcher.engine.record import forgive, freeze, record, release, renew
from dispatcher.models import Delivery
from dispatcher.retries import GONE_REASON, RetryPolicy
from dispatcher.rollups import Diary
from dispatcher.services.rules import pause_rule
from dispatcher.types import Outcome
from dispatcher.work import CompiledRoute, Work

PREFETCH = 128  # in hand, not yet started; more than what is in flight: nobody is fed in fours
CLAIM_LIMIT = 100
TURN_SECONDS = 0.015  # results wait this long for company, then are recorded together
POLL_SECONDS = 0.05  # between claims while little comes in
LINGER_SECONDS = 1.0  # how long a pass looks for more before it ends
PATIENCE_SECONDS = 30.0  # how long it goes on for the quick ones while slow receivers answer
UPKEEP_SECONDS = 1.0
HOLD_SECONDS = 0.25  # how soon a pause reaches what is in hand and not yet started
UNREADABLE = CompiledRoute(0, "", {}, RetryPolicy(), 0.0, ())


@dataclass(slots=True)
class Report:
    """What a pass did."""

    claimed: int = 0
    recorded: int = 0


class Pass:
    """One pass of one process; see the module's text."""

    def __init__(
        self,
        *,
        linger: float = LINGER_SECONDS,
        seconds: float | None = None,
        poll: float = POLL_SECONDS,
    ) -> None:
        self.engine: Engine = engine()
        self.lease_id = uuid4()
        self.report = Report()
        self._hand: dict[int, Work] = {}
        self._linger = linger
        self._seconds = settings.PASS_SECONDS if seconds is None else seconds
        self._unrecorded: list[Work] = []
        self._unfrozen: list[Work] = []
        self._sendable: set[int] = set()
        self._untouched: list[Work] = []  # not tried: their leases run out, then they are taken
        self._failed: list[int] = []
        self._diary = Diary()
        self._renewed: set[int] | None = None
        self._poll = poll
        self._found_nothing = False
        self._next_claim = 0.0
        self._next_renewal = 0.0
        self._next_hold_check = 0.0
        self._next_upkeep = 0.0

    def run(self) -> Report:
        """Deliver what is due until there is nothing more, or the pass's time is over."""
        queue.clear_mark()
        try:
            self._run()
        finally:
            self.engine.withdraw()  # after an error nothing may be sent that nobody records
        return self.report

    def _run(self) -> None:
        started = last_busy = time.monotonic()
        self._next_renewal = started + settings.LEASE_SECONDS / 3
        self._next_hold_check = started + HOLD_SECONDS
        while True:
            age = time.monotonic() - started
            may_claim = self._may_claim(age)
            if self._turn(may_claim=may_claim, quick_only=age >= self._seconds):
                last_busy = time.monotonic()
            is_quiet = time.monotonic() - last_busy >= self._linger
            if not self._hand and (is_quiet or not may_claim):
                break
            if not may_claim:
                self._give_back(self.engine.withdraw())
            elif time.monotonic() >= self._next_hold_check:
                self._give_back_held()
            self._wait()
        persistently(self._diary.finish)
        if not is_quiet:
            queue.ring(is_sure=True)  # its time was over, not the work: hand over

    def _may_claim(self, age: float) -> bool:
        """Claim for the pass's time; then for the quick ones while slow receivers answer."""
        if age < self._seconds:
            return True
        is_waiting_for_slow = bool(self._hand) and bool(self.engine.lanes.slow())
        return is_waiting_for_slow and age < self._seconds + PATIENCE_SECONDS

    def _wait(self) -> None:
        pause = TURN_SECONDS if self._hand else max(0.0, self._next_claim - time.monotonic())
        if self.engine.news.wait(pause):
            self.engine.news.clear()
        self.engine.lanes.nudge()

    def _turn(self, *, may_claim: bool, quick_only: bool) -> bool:
        """Move everything one step on; whether there was anything to do."""
        self._collect()
        limit = self._room() if may_claim and time.monotonic() >= self._next_claim else 0
        if limit and self._found_nothing and not self._is_anything_due():
            self._next_claim = time.monotonic() + self._poll
            limit = 0
        has_news = self._unrecorded or self._unfrozen or self._untouched
        if not (has_news or limit or self._wants_renewal()):
            return bool(self._hand)
        claimed = persistently(lambda: self._write(limit, quick_only=quick_only))
        self._diary.committed()
        self._drop_lost()
        failed = self._forget_recorded()
        self._send_frozen()
        if limit:
            self._take(claimed, limit)
        if failed:
            signals.delivery_failed.send_robust(Delivery, delivery_ids=failed)
        return bool(self._hand)

    def _is_anything_due(self) -> bool:
        """Look without a lock before claiming again where the last claim found nothing."""
        if time.monotonic() >= self._next_upkeep:
            return True
        now = sql.now()
        return bool(persistently(lambda: sql.fetch(ANY_DUE, [now, now])))

    def _collect(self) -> None:
        """Take what the threads have finished since the last turn."""
        while self.engine.finished:
            work = self.engine.finished.popleft()
            if self._hand.get(work.id) is not work:
                continue  # of a pass that ended with an error
            if work.exchange is None:
                self._untouched.append(work)
            else:
                self._unrecorded.append(work)
        while self.engine.rendered:
            work = self.engine.rendered.popleft()
            if self._hand.get(work.id) is work:
                self._unfrozen.append(work)

    def _room(self) -> int:
        waiting = self.engine.lanes.waiting() + self.engine.waiting_to_render()
        room = PREFETCH - waiting - len(self._unfrozen)
        return min(CLAIM_LIMIT, room) if room >= PREFETCH // 2 else 0

    def _wants_renewal(self) -> bool:
        return bool(self._hand) and time.monotonic() >= self._next_renewal

    def _write(self, limit: int, *, quick_only: bool) -> list[Work]:
        """Everything this turn tells the database, in one transaction."""
        self._failed = []
        self._renewed = None
        self._diary.begin()
        asked_at = time.monotonic()
        with transaction.atomic():
            if self._unrecorded:
                self._record()
            self._diary.write_if_due()
            if self._unfrozen:
                self._sendable = freeze(self._unfrozen, lease_id=self.lease_id)
            if self._untouched:
                forgive([work.id for work in self._untouched], lease_id=self.lease_id)
            if self._wants_renewal():
                self._renewed = renew(list(self._hand), lease_id=self.lease_id)
            claimed = self._claim(limit, quick_only=quick_only) if limit else []
            if claimed:
                self._equip(claimed)
        self._note_renewal(asked_at)
        return claimed

    def _record(self) -> None:
        recorded = record(self._unrecorded, lease_id=self.lease_id)
        self._failed = recorded.failed
        self._diary.observe(self._unrecorded, recorded.states, recorded.at)
        self.engine.breakers.observe(self._unrecorded)
        for rule_id in {work.rule_id for work in self._unrecorded if work.is_gone}:
            pause_rule(rule_id, reason=GONE_REASON, is_gone=True)

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
        is_first_quiet = not works and not self._next_upkeep
        if not quick_only and (is_first_quiet or time.monotonic() >= self._next_upkeep > 0):
            self._next_upkeep = time.monotonic() + UPKEEP_SECONDS
            works += claim_exceptional(lease_id=self.lease_id, hand=self._hand.values())
        elif not self._next_upkeep:
            self._next_upkeep = time.monotonic() + UPKEEP_SECONDS
        return [work for work in works if not self._is_known(work)]

    def _is_known(self, claimed: Work) -> bool:
        """Whether it is in hand; its lease had run out unnoticed, and it is ours anew."""
        work = self._hand.get(claimed.id)
        if work is not None:
            work.fence, work.claims = claimed.fence, claimed.claims
            work.lease_ends = claimed.lease_ends
        return work is not None

    def _equip(self, claimed: Sequence[Work]) -> None:
        for work in self.engine.routes.equip(claimed):
            work.route = UNREADABLE
            error = "The rule's configuration or its secrets cannot be read."
            work.exchange = failure(Outcome.CONFIGURATION_ERROR, error)

    def _note_renewal(self, asked_at: float) -> None:
        if self._renewed is None:
            return
        self._next_renewal = asked_at + settings.LEASE_SECONDS / 3
        for work in self._hand.values():
            if work.id in self._renewed:
                work.lease_ends = asked_at + settings.LEASE_SECONDS

    def _drop_lost(self) -> None:
        """Do not start what another worker took over, or an operator canceled, meanwhile."""
        if self._renewed is not None:
            renewed = self._renewed
            for work in self.engine.withdraw(lambda work: work.id not in renewed):
                self._hand.pop(work.id, None)

    def _forget_recorded(self) -> list[int]:
        self.report.recorded += len(self._unrecorded)
        for works in (self._unrecorded, self._untouched):
            while works:
                self._hand.pop(works.pop().id, None)
        return self._failed

    def _send_frozen(self) -> None:
        works, self._unfrozen = self._unfrozen, []
        if works:
            self.engine.lanes.submit(work for work in works if work.id in self._sendable)
            self.engine.finished.extend(work for work in works if work.id not in self._sendable)

    def _take(self, claimed: Sequence[Work], limit: int) -> None:
        """Hand what was just claimed to the threads."""
        self.report.claimed += len(claimed)
        self._found_nothing = not claimed
        if len(claimed) >= limit:
            queue.ring()  # more than one can do: call a helper
        else:
            self._next_claim = time.monotonic() + self._poll
        self._hand.update((work.id, work) for work in claimed)
        for work in claimed:
            if work.claims > settings.MAX_CLAIMS:
                error = f"{settings.MAX_CLAIMS} workers were lost while they sent this."
                work.exchange = failure(Outcome.WORKER_LOST, error)
            if work.exchange is not None:
                self.engine.finished.append(work)
        sound = [work for work in claimed if work.exchange is None]
        self.engine.lanes.submit(work for work in sound if work.request is not None)
        self.engine.render([work for work in sound if work.request is None])

    def _give_back_held(self) -> None:
        """Return what was paused after it was claimed and has not been started."""
        self._next_hold_check = time.monotonic() + HOLD_SECONDS
        holds = persistently(lambda: Holds(self._hand.values())) if self._hand else None
        if holds:
            held = holds.holds
            self._give_back(self.engine.withdraw(held), also=held)

    def _give_back(
        self, withdrawn: Sequence[Work], *, also: Callable[[Work], bool] = lambda _: True
    ) -> None:
        """Release what was not started, and what is rendered but not frozen; others take it."""
        works = [*withdrawn, *(work for work in self._unfrozen if also(work))]
        works = [work for work in works if self._hand.pop(work.id, None) is work]
        self._unfrozen = [work for work in self._unfrozen if not also(work)]
        if works:
            persistently(lambda: release([work.id for work in works], lease_id=self.lease_id))
