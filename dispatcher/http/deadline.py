"""One total deadline for an exchange, and how long each of its phases took."""

from __future__ import annotations

from time import perf_counter

from dispatcher.http.errors import ExchangeError
from dispatcher.types import Outcome

_DURING = {
    "dns": "No answer within {} s, while looking up the name.",
    "connect": "No answer within {} s, while connecting.",
    "tls": "No answer within {} s, during the TLS handshake.",
    "greeting": "No answer within {} s, while waiting for the mail server's greeting.",
    "login": "No answer within {} s, while logging in.",
    "envelope": "No answer within {} s, while naming sender and recipients.",
    "message": "No answer within {} s, while sending the message.",
    "send": "No answer within {} s, while sending the request.",
    "wait": "No answer within {} s, while waiting for the response.",
    "read": "The answer was not complete within {} s, while reading the response.",
}


class Deadline:
    """Runs from its creation. Every wait of an exchange is bounded by `left()`.

    There is no watchdog thread: each wait (resolver, connect, handshake, poll before a read or a
    write) is given exactly the time that is left, so that a peer which drips bytes gains none, and
    no other thread can shut a socket that has gone to the next exchange meanwhile.
    """

    __slots__ = ("_ends", "_since", "_started", "phase", "phases", "seconds")

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.phase = ""
        self.phases: dict[str, float] = {}
        self._started = self._since = perf_counter()
        self._ends = self._started + seconds

    def left(self) -> float:
        """Seconds left, above 0. Raises ExchangeError (timed out), naming the phase, when none."""
        left = self._ends - perf_counter()
        if left <= 0:
            sentence = _DURING.get(self.phase, "No answer within {} s.")
            raise ExchangeError(Outcome.TIMED_OUT, sentence.format(f"{self.seconds:g}"))
        return left

    def enter(self, phase: str) -> None:
        """End the current phase and begin another; an empty name begins none."""
        now = perf_counter()
        if self.phase:
            spent = (now - self._since) * 1000
            self.phases[self.phase] = self.phases.get(self.phase, 0.0) + spent
        self.phase = phase
        self._since = now

    def elapsed(self) -> float:
        """Milliseconds since the start."""
        return (perf_counter() - self._started) * 1000
