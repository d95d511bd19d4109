"""The client: one exchange at a time per thread, whatever the other side does."""

from __future__ import annotations

import logging
import os
import ssl
import weakref
from dataclasses import dataclass, field
from http import HTTPStatus

from dispatcher.http.addresses import NetworkPolicy
from dispatcher.http.answer import BODY_KEPT, Answer, retry_after
from dispatcher.http.connection import NoAnswerError, Wire, open_wire, tls_context, tls_error
from dispatcher.http.deadline import Deadline
from dispatcher.http.errors import ExchangeError
from dispatcher.http.message import InvalidRequestError, OutgoingRequest, to_bytes
from dispatcher.http.pool import IdlePool
from dispatcher.http.urls import InvalidUrlError, Target, parse_url
from dispatcher.types import Outcome

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Exchange:
    """What came of one send.

    `error` is a short sentence for an operator without secrets, empty when delivered. `body` is
    raw, at most 64 KiB. Times are milliseconds; `retry_after` is seconds. `cause` tells failures
    of one outcome apart where neither status nor phase does.
    """

    outcome: Outcome = Outcome.BAD_ANSWER
    status: int | None = None
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""
    truncated: bool = False
    error: str = ""
    peer: str = ""
    phases: dict[str, float] = field(default_factory=dict)
    duration: float = 0.0
    retry_after: float | None = None
    cause: str = ""


class Client:
    """Sends requests and keeps connections. Thread-safe and fork-safe; make one per process.

    `ca_file` names a PEM file of further certificate authorities.
    """

    def __init__(
        self,
        policy: NetworkPolicy | None = None,
        *,
        ca_file: str = "",
        idle_per_origin: int = 32,
        idle_in_all: int = 256,
        idle_seconds: float = 30.0,
    ) -> None:
        self._policy = NetworkPolicy.from_settings() if policy is None else policy
        self._ca_file = ca_file
        self._pool: IdlePool[Wire] = IdlePool(
            per_key=idle_per_origin, in_all=idle_in_all, seconds=idle_seconds
        )
        _clients.add(self)

    def send(self, request: OutgoingRequest, *, deadline: float) -> Exchange:
        """Send `request` and read the answer, all within `deadline` seconds.

        Never raises for what the network or the other side does: it is in the outcome. No
        redirect is followed, nothing is retried, except that a kept connection which turns out
        closed before any byte of the answer is replaced once.
        """
        clock = Deadline(deadline)
        exchange = Exchange()
        answer = Answer()
        try:
            self._converse(request, clock, exchange, answer)
        except ExchangeError as error:
            exchange.outcome, exchange.error = error.outcome, str(error)
        except (InvalidUrlError, InvalidRequestError) as error:
            exchange.outcome, exchange.error = Outcome.CONFIGURATION_ERROR, str(error)
        except Exception as error:  # noqa: BLE001 - a library's surprise must not end a worker's pass
            # Its type only: the message could hold anything.
            logger.error("Unexpected %s while sending", type(error).__name__)  # noqa: TRY400
            exchange.error = f"Sending failed unexpectedly ({type(error).__name__})."
        else:
            exchange.outcome, exchange.error = _judge(answer.status or 0)
        return _finish(exchange, answer, clock)

    def close(self) -> None:
        """Close what is idle. Exchanges under way end by themselves."""
        self._pool.close()

    def forget_connections(self) -> None:
        """Drop every kept connection without a word to the other side, as after a fork."""
        self._pool.forget()

    def _converse(
        self, request: OutgoingRequest, clock: Deadline, exchange: Exchange, answer: Answer
    ) -> None:
        target, request_target = parse_url(request.url)
        data = to_bytes(request, target, request_target)
        key = f"{target.scheme}://{target.dns_host}:{target.port}"
        wire = self._pool.take(key)
        if wire is not None:
            try:
                self._exchange(wire, data, clock, exchange, answer)
            except ExchangeError as error:
                if answer.received or error.outcome == Outcome.TIMED_OUT:
                    raise
                clock.phases.clear()
            else:
                return
        clock.enter("")
        self._exchange(self._open(target, key, clock), data, clock, exchange, answer)

    def _open(self, target: Target, key: str, clock: Deadline) -> Wire:
        return open_wire(target, key, clock, self._policy, tls_context(self._ca_file))

    def _exchange(
        self, wire: Wire, data: bytes, clock: Deadline, exchange: Exchange, answer: Answer
    ) -> None:
        exchange.peer = wire.peer
        is_whole = False
        try:
            is_whole = _send_and_read(wire, data, clock, answer)
        finally:
            if is_whole and answer.is_reusable and not answer.is_truncated:
                self._pool.put(wire)
            else:
                wire.close()


_clients: weakref.WeakSet[Client] = weakref.WeakSet()


def _forget_connections() -> None:
    for client in list(_clients):
        client.forget_connections()


os.register_at_fork(after_in_child=_forget_connections)


def _send_and_read(wire: Wire, data: bytes, clock: Deadline, answer: Answer) -> bool:
    """Return whether everything was sent. Raises ExchangeError only."""
    is_whole = True
    clock.enter("send")
    try:
        try:
            wire.send(data, clock)
        except ConnectionError:
            is_whole = False  # it may have answered before it closed, "413" for one
        answer.read(wire, clock)
    except ssl.SSLError as error:
        raise tls_error(error) from error
    except OSError as error:
        if answer.received:
            sentence = "The connection was reset in the middle of the answer."
            raise ExchangeError(Outcome.BAD_ANSWER, sentence) from error
        raise NoAnswerError("The connection was reset before any answer.") from error
    return is_whole


def _judge(status: int) -> tuple[Outcome, str]:
    if 200 <= status < 300:
        return Outcome.DELIVERED, ""
    phrase = f"{status} {_PHRASES.get(status, '')}".rstrip()
    if 300 <= status < 400:
        return Outcome.REDIRECTED, f"The receiver answered {phrase}; redirects are not followed."
    return Outcome.REJECTED, f"The receiver answered {phrase}."


_PHRASES = {status.value: status.phrase for status in HTTPStatus}


def _finish(exchange: Exchange, answer: Answer, clock: Deadline) -> Exchange:
    clock.enter("")
    clock.phases.pop("send", None)
    exchange.status = answer.status
    exchange.headers = answer.headers
    exchange.body = bytes(answer.body[:BODY_KEPT])
    exchange.truncated = answer.is_truncated
    exchange.phases = clock.phases
    exchange.duration = clock.elapsed()
    exchange.retry_after = retry_after(answer.headers)
    return exchange
