"""What follows an attempt: retry policies are data on the route (design section 4)."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dispatcher.types import Outcome

JITTER = 0.1
"""A retry comes up to this share later than the policy says, never earlier."""

_NEVER_RETRIED = frozenset(
    {
        Outcome.DELIVERED,
        Outcome.REDIRECTED,
        Outcome.BLOCKED_ADDRESS,
        Outcome.TEMPLATE_ERROR,
        Outcome.CONFIGURATION_ERROR,
        Outcome.WORKER_LOST,
    }
)
GONE = 410
GONE_REASON = "The receiver answered 410 Gone: it wants no more."


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often, how far apart and after what a delivery is tried again.

    `delays` are seconds between attempts, one per retry. `statuses`, if given, are the only
    statuses retried. `outcomes`, if given, are the only outcomes retried. `max_age` is in seconds
    since the delivery was made.
    """

    delays: tuple[float, ...] = ()
    statuses: frozenset[int] | None = None
    outcomes: frozenset[str] | None = None
    max_age: float | None = None

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> RetryPolicy:
        """Read the JSON of `Route.retry_policy`.

        Besides a list of `delays` it may hold `exponential`: `{"retries", "first", "factor",
        "longest"}` (seconds).
        """
        delays = data.get("delays")
        if delays is None and "exponential" in data:
            delays = _exponential(**data["exponential"])
        statuses, outcomes = data.get("statuses"), data.get("outcomes")
        return cls(
            delays=tuple(float(delay) for delay in delays or ()),
            statuses=None if statuses is None else frozenset(statuses),
            outcomes=None if outcomes is None else frozenset(outcomes),
            max_age=data.get("max_age"),
        )

    def next_delay(
        self,
        *,
        outcome: str,
        status: int | None,
        retry_after: float | None,
        tries: int,
        age: float,
    ) -> float | None:
        """Seconds until the next attempt, or None when this was the last one.

        `tries` counts the attempts made so far, this one included. A `Retry-After` that is longer
        than the policy's own delay is honoured (RFC 9110 section 10.2.3).
        """
        if tries > len(self.delays) or not self._is_retried(outcome, status):
            return None
        delay = self.delays[tries - 1]
        delay *= 1 + random.random() * JITTER  # noqa: S311 - spreads load, guards nothing
        delay = max(delay, retry_after or 0)
        if self.max_age is not None and age + delay > self.max_age:
            return None
        return delay

    def _is_retried(self, outcome: str, status: int | None) -> bool:
        if outcome in _NEVER_RETRIED or status == GONE:
            return False
        if self.outcomes is not None and outcome not in self.outcomes:
            return False
        return outcome != Outcome.REJECTED or self.statuses is None or status in self.statuses


def _exponential(
    *, retries: int, first: float, factor: float = 2, longest: float = 36_000
) -> list[float]:
    return [min(first * factor**number, longest) for number in range(retries)]
