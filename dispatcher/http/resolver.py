"""Looks names up on threads of their own, so that a hanging name server is bounded."""

from __future__ import annotations

import os
import socket
import threading
from concurrent.futures import Future

from dispatcher.http.deadline import Deadline
from dispatcher.http.errors import ExchangeError
from dispatcher.types import Outcome

LOOKUPS_AT_ONCE = 64
ADDRESSES_TRIED = 8

_NOT_FOUND = {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)}


class Resolver:
    """Runs one lookup per name at a time; who asks for the same name meanwhile shares it.

    So a name whose server hangs holds one thread, however many deliveries wait for it.
    """

    def __init__(self) -> None:
        self.forget()
        os.register_at_fork(after_in_child=self.forget)

    def forget(self) -> None:
        """Start anew: in a forked child the threads are gone and the lock may be held."""
        self._changed = threading.Condition()
        self._running: dict[str, Future[list[str]]] = {}

    def addresses(self, host: str, deadline: Deadline) -> list[str]:
        """Return the distinct addresses of `host`, in the resolver's order.

        Raises ExchangeError: name not found, timed out.
        """
        future = self._begin(host, deadline)
        try:
            return future.result(timeout=deadline.left())
        except TimeoutError:
            deadline.left()
            raise
        except (socket.gaierror, UnicodeError) as error:
            sentence = (
                "The host name could not be found."
                if getattr(error, "errno", None) in _NOT_FOUND or isinstance(error, UnicodeError)
                else "The host name could not be resolved: the name server failed."
            )
            raise ExchangeError(Outcome.NAME_NOT_FOUND, sentence) from error

    def _begin(self, host: str, deadline: Deadline) -> Future[list[str]]:
        with self._changed:
            while (future := self._running.get(host)) is None:
                if len(self._running) < LOOKUPS_AT_ONCE:
                    return self._start(host)
                self._changed.wait(deadline.left())
        return future

    def _start(self, host: str) -> Future[list[str]]:
        future: Future[list[str]] = Future()
        self._running[host] = future
        # Daemon: a name server that hangs must not keep the process from ending.
        thread = threading.Thread(
            target=self._look_up, args=(host, future), name="resolver", daemon=True
        )
        try:
            thread.start()
        except RuntimeError:  # no thread to be had: the next one may ask again
            del self._running[host]
            raise
        return future

    def _look_up(self, host: str, future: Future[list[str]]) -> None:
        try:
            answers = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
            addresses = list(dict.fromkeys(_address(answer[4]) for answer in answers))
        except BaseException as error:  # noqa: BLE001 - handed to who waits, whatever it is
            self._end(host)
            future.set_exception(error)
        else:
            self._end(host)
            future.set_result(addresses)

    def _end(self, host: str) -> None:
        with self._changed:
            self._running.pop(host, None)
            self._changed.notify_all()


def _address(sockaddr: tuple[object, ...]) -> str:
    """Return the address with its scope, which getaddrinfo may give apart."""
    address = str(sockaddr[0])
    scope = sockaddr[3] if len(sockaddr) == 4 else 0
    return f"{address}%{scope}" if scope and "%" not in address else address


resolver = Resolver()
