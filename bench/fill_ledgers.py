"""Half a year of events, deliveries, requests, attempts and skips, row by row, oldest first."""

from __future__ import annotations

import json
import random
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import accumulate
from uuid import UUID

from bench.fill_configuration import DOWN, PAUSED, Configuration, Sender
from dispatcher.models import Tally
from dispatcher.rollups.figures import Figures, bucket, start_of

DAYS = 180
FAILURES = (
    ("rejected", "500", 500, {"dns": 1.0, "connect": 4.0, "wait": 40.0}),
    ("rejected", "404", 404, {"dns": 1.0, "connect": 4.0, "wait": 12.0}),
    ("rejected", "401", 401, {"dns": 1.0, "connect": 4.0, "wait": 11.0}),
    ("timed_out", "wait", None, {"dns": 1.0, "connect": 4.0, "tls": 20.0, "wait": 29970.0}),
    ("timed_out", "connect", None, {"dns": 1.0, "connect": 29990.0}),
    ("no_connection", "connect", None, {"dns": 1.0, "connect": 2.0}),
    ("name_not_found", "", None, {"dns": 20.0}),
    ("tls_failed", "tls", None, {"dns": 1.0, "connect": 4.0, "tls": 15.0}),
    ("template_error", "", None, {}),
)
HEADERS = '[["Content-Type", "application/json"], ["User-Agent", "Postbacks/1.0"]]'
ANSWER = '[["server", "nginx"], ["content-type", "application/json"]]'
PAYLOAD = json.dumps({"items": [{"productUid": "apparel_product_gca_t-shirt", "quantity": 2}] * 2})
REASONS = ("The trigger is a draft.", "Its template is not active.", "The customer is not active.")
Rows = dict[str, list[tuple[object, ...]]]


class Ledgers:
    """Makes rows in the order of time; `take` hands over what was made since.

    `now` is when the last of them was made. Without `backlog` everything has ended.
    """

    def __init__(
        self, configuration: Configuration, *, count: int, now: datetime, backlog: bool = True
    ) -> None:
        self._configuration = configuration
        self._latest = 0.985 if backlog else 1.0
        self._weights = list(accumulate(sender.weight for sender in configuration.senders))
        self._chance = random.Random(7)
        self._now, self._count = now, count
        self._incidents = self._plan_incidents()
        self._figures: defaultdict[tuple[int, str, int, datetime], Figures] = defaultdict(Figures)
        self._rows: Rows = defaultdict(list)
        self.made = 0

    def _plan_incidents(self) -> dict[int, list[tuple[float, float, int]]]:
        """For each destination when it was down (as shares of the time) and in which way."""
        made: dict[int, list[tuple[float, float, int]]] = defaultdict(list)
        for destination in self._configuration.destinations:
            for _ in range(self._chance.randint(0, 4)):
                start = self._chance.random()
                length = self._chance.uniform(0.0003, 0.008)
                made[destination].append(
                    (start, start + length, self._chance.randrange(len(FAILURES)))
                )
        return made

    def take(self) -> Rows:
        """What was made since the last call."""
        rows, self._rows = self._rows, defaultdict(list)
        return rows

    def make(self, count: int) -> None:
        """Make the next so many deliveries, with their events."""
        for _ in range(count):
            share = ((self.made + self._chance.random()) / self._count) ** 0.7
            moment = self._now - timedelta(days=DAYS * (1 - share))
            self._delivery(share, moment)

    def _uuid(self, moment: datetime) -> UUID:
        value = int(moment.timestamp() * 1000) << 80 | 0x7 << 76
        return UUID(int=value | 0x2 << 62 | self._chance.getrandbits(61))

    def _delivery(self, share: float, moment: datetime) -> None:
        self.made += 1
        sender = self._chance.choices(self._configuration.senders, cum_weights=self._weights)[0]
        is_test = self._chance.random() < 0.002
        event_id = self._event(sender, moment, is_test=is_test)
        state, failure, tries = self._fate(sender, share)
        ended = moment + timedelta(seconds=self._chance.uniform(0.02, 0.4))
        if tries > 1:
            ended += timedelta(seconds=5 * (tries - 1))
        outcome, cause = ("delivered", "") if state == "delivered" else ("", "")
        if failure is not None and tries:
            outcome, cause = failure[0], failure[1]
        is_held = sender.destination_id in self._held
        due = self._now + timedelta(minutes=self._chance.uniform(5, 600))
        self._rows["dispatcher_delivery"].append((
            self.made, self._uuid(moment), event_id, sender.route_id, sender.rule_id,
            sender.destination_id, sender.owner, sender.event, "", state, outcome, cause,
            moment if is_held or state != "pending" else due, state == "pending" and is_held,
            tries, 0, 0, tries, moment, ended if state != "pending" else None, is_test,
        ))  # fmt: skip
        if tries:
            self._request(sender, moment)
        for number in range(1, tries + 1):
            is_good = state == "delivered" and number == tries
            self._attempt(number, moment, None if is_good else failure or FAILURES[0])
        if not is_test and tries and state != "canceled":
            self._count_in(sender, ended, state, outcome, tries)

    @property
    def _held(self) -> set[int]:
        return {self._configuration.destinations[number] for number in (DOWN, PAUSED)}

    def _fate(self, sender: Sender, share: float) -> tuple[str, tuple | None, int]:
        """State, failure (if any) and attempts of one delivery."""
        if share > self._latest and (
            sender.destination_id in self._held or self._chance.random() < 0.05
        ):
            tries = self._chance.randint(0, 2)
            return "pending", self._chance.choice(FAILURES[:6]) if tries else None, tries
        for start, end, kind in self._incidents[sender.destination_id]:
            if start <= share <= end:
                return "failed", FAILURES[kind], self._chance.choice((1, 4, 8))
        luck = self._chance.random()
        if luck < 0.018:
            return "failed", self._chance.choice(FAILURES), self._chance.choice((1, 4))
        if luck < 0.026:
            return "canceled", None, 0
        return "delivered", FAILURES[0] if luck < 0.2 else None, 2 if luck < 0.2 else 1

    def _event(self, sender: Sender, moment: datetime, *, is_test: bool) -> UUID:
        event_id = self._uuid(moment)
        number = self._chance.randrange(self.made, self.made + 40) // 3
        self._rows["dispatcher_event"].append((
            event_id, sender.event, PAYLOAD, "", f"order:PO-{number}", sender.owner, moment,
            moment, "user:1", "order-events", f"key-{self.made}", "f" * 64, is_test,
        ))  # fmt: skip
        if self._chance.random() < 0.15:
            reason = self._chance.choice(REASONS)
            rule_id = self._chance.choice(self._configuration.silent)
            self._rows["dispatcher_skip"].append((event_id, rule_id, reason))
        return event_id

    def _request(self, sender: Sender, moment: datetime) -> None:
        body = f'{{"order": "PO-{self.made}", "status": "shipped", "note": "{"x" * 300}"}}'
        self._rows["dispatcher_request"].append(
            (self.made, "POST", sender.url, HEADERS, body, "[]", moment)
        )

    def _attempt(self, number: int, moment: datetime, failure: tuple | None) -> None:
        phases = {"dns": 0.4, "connect": 3.0, "tls": 9.0, "wait": self._chance.uniform(10, 300)}
        outcome, cause, status = "delivered", "", 200
        if failure is not None:
            outcome, cause, status, phases = failure
        self._rows["dispatcher_attempt"].append((
            self.made, number, number, moment + timedelta(seconds=5 * number),
            sum(phases.values()), json.dumps(phases), outcome, status, ANSWER,
            '{"ok": true}' if status else "", False, "203.0.113.7:443",
            "" if status else f"It did not work ({cause or outcome}).",
        ))  # fmt: skip

    def _count_in(
        self, sender: Sender, ended: datetime, state: str, outcome: str, tries: int
    ) -> None:
        seen = Figures(attempts=tries, retried=tries - 1)
        if state == "delivered":
            seen.delivered = 1
            seen.times[bucket(self._chance.uniform(30, 400) + 5000 * (tries - 1))] = 1
        elif state == "failed":
            seen.failed[outcome] = 1
        seen.latencies[bucket(self._chance.uniform(20, 310))] = tries
        age = self._now - ended
        for grain, kept in ((1, timedelta(days=2)), (2, timedelta(days=45)), (3, age)):
            if age <= kept:
                start = start_of(ended, grain)
                for scope, key in (
                    ("all", 0), ("rule", sender.rule_id), ("to", sender.destination_id)
                ):  # fmt: skip
                    self._figures[grain, scope, key, start].add(seen)

    def tallies(self) -> list[tuple[object, ...]]:
        """The figures of all that was made."""
        return list(self._tallies())

    def _tallies(self) -> Iterator[tuple[object, ...]]:
        for (grain, scope, key, start), figures in self._figures.items():
            yield (
                int(Tally.Grain(grain)), scope, key, start, figures.attempts, figures.retried,
                figures.delivered, json.dumps(figures.failed), json.dumps(figures.latencies),
                json.dumps(figures.times),
            )  # fmt: skip
