"""Connections: opened by urllib3's classes over the guard, then driven by us.

Why not `requests.adapters.HTTPAdapter`: measured on two busy cores, microseconds of CPU per
kept-alive POST of 1.5 KB, in one thread and in eight, were 430-530 and 450-640 through
HTTPAdapter.send, 250-310 and 260-470 with urllib3's connection objects, and 70-100 and 60-75 with
everything here. What costs is http.client's parsing of headers as e-mail, and the layers above it.
So urllib3 opens connections (TLS, SNI, host name and certificate), while requests are written to
the socket directly and answers are read with the C parser httptools.
"""

from __future__ import annotations

import select
import socket
import ssl
from functools import lru_cache
from pathlib import Path

import certifi
from urllib3.connection import HTTPConnection, HTTPSConnection

from dispatcher.http.addresses import NetworkPolicy
from dispatcher.http.deadline import Deadline
from dispatcher.http.errors import ExchangeError
from dispatcher.http.guard import guarded_connect
from dispatcher.http.urls import Target
from dispatcher.types import Outcome

# At least one whole TLS record (16 KiB), so that nothing stays unseen by poll inside the TLS layer.
RECEIVE_BYTES = 65_536
_NOT_NOW = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class NoAnswerError(ExchangeError):
    """The other side closed the connection before the first byte of an answer."""

    def __init__(self, sentence: str) -> None:
        super().__init__(Outcome.NO_CONNECTION, sentence)


class _Guarded:
    """Replaces urllib3's dialling. `deadline` and `policy` are set by `open_wire`."""

    deadline: Deadline
    policy: NetworkPolicy
    peer = ""
    next_phase = ""
    _dns_host: str
    port: int

    def _new_conn(self) -> socket.socket:
        opened = guarded_connect(self._dns_host, self.port, self.deadline, self.policy)
        self.peer = opened.peer
        self.deadline.enter(self.next_phase)
        return opened.socket


class GuardedHTTPConnection(_Guarded, HTTPConnection):
    """urllib3's connection, which dials nothing that the policy forbids."""


class GuardedHTTPSConnection(_Guarded, HTTPSConnection):
    """The same with TLS."""

    next_phase = "tls"


class Wire:
    """An open connection, used by one thread at a time. Its socket never blocks.

    Every wait is a poll with what is left of the deadline: one system call, exact, and the same
    for TLS.
    """

    __slots__ = ("_poll", "_socket", "idle_since", "key", "peer")

    def __init__(self, connected: socket.socket, peer: str, key: str) -> None:
        connected.settimeout(0)
        self._socket = connected
        self._poll = select.poll()
        self._poll.register(connected, select.POLLIN)
        self.peer = peer
        self.key = key
        self.idle_since = 0.0

    def is_quiet(self) -> bool:
        """Whether nothing came while idle: no close, no answer that nobody asked for."""
        return not self._poll.poll(0)

    def send(self, data: bytes, deadline: Deadline) -> None:
        """Send everything. Raises ExchangeError (timed out) and OSError."""
        sent = 0
        rest: bytes | memoryview = data
        while sent < len(data):
            try:
                sent += self._socket.send(rest)
            except _NOT_NOW as error:
                self._wait_to_send(error, deadline)
            else:
                rest = memoryview(data)[sent:]

    def receive(self, deadline: Deadline) -> bytes:
        """Wait for bytes; empty when the other side has closed. Raises as `send`."""
        while True:
            self._poll.poll(deadline.left() * 1000)
            try:
                return self._socket.recv(RECEIVE_BYTES)
            except _NOT_NOW:
                deadline.left()
            except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
                return b""

    def close(self) -> None:
        self._socket.close()

    def _wait_to_send(self, error: OSError, deadline: Deadline) -> None:
        event = select.POLLIN if isinstance(error, ssl.SSLWantReadError) else select.POLLOUT
        poll = select.poll()
        poll.register(self._socket, event)
        poll.poll(deadline.left() * 1000)


def open_wire(
    target: Target, key: str, deadline: Deadline, policy: NetworkPolicy, context: ssl.SSLContext
) -> Wire:
    """Connect to `target`, with TLS where its scheme says so. Raises ExchangeError."""
    connection: GuardedHTTPConnection | GuardedHTTPSConnection
    if target.scheme == "https":
        connection = GuardedHTTPSConnection(target.dns_host, target.port, ssl_context=context)
    else:
        connection = GuardedHTTPConnection(target.dns_host, target.port)
    connection.deadline = deadline
    connection.policy = policy
    try:
        connection.connect()
    except OSError as error:
        connection.close()
        raise handshake_error(error, deadline) from error
    except BaseException:
        connection.close()
        raise
    deadline.enter("")
    return Wire(connection.sock, connection.peer, key)


@lru_cache(maxsize=8)
def tls_context(ca_file: str = "", *, protocol: str = "http/1.1") -> ssl.SSLContext:
    """Make the process's TLS settings: verification on, TLS 1.2 or newer.

    Trusts the system's authorities (certifi's where the system has none), and those in `ca_file`.
    `protocol` is announced by ALPN unless it is empty.
    """
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if protocol:
        context.set_alpn_protocols([protocol])
    paths = ssl.get_default_verify_paths()
    has_directory = paths.capath is not None and any(Path(paths.capath).iterdir())
    if paths.cafile is None and not has_directory:
        context.load_verify_locations(certifi.where())
    if ca_file:
        context.load_verify_locations(ca_file)
    return context


def handshake_error(error: OSError, deadline: Deadline) -> ExchangeError:
    """What a failed handshake is to an operator, whatever protocol comes after it."""
    match error:
        case TimeoutError():
            return _out_of_time(deadline)
        case ssl.SSLCertVerificationError():
            reason = error.verify_message.rstrip(".")
            return ExchangeError(
                Outcome.TLS_FAILED, f"The receiver's certificate is not valid: {reason}."
            )
        case ssl.SSLEOFError() | ssl.SSLZeroReturnError() | ConnectionError():
            return NoAnswerError("The connection was closed during the TLS handshake.")
        case ssl.SSLError():
            return tls_error(error)
        case _:
            return NoAnswerError("The connection failed during the TLS handshake.")


def tls_error(error: ssl.SSLError) -> ExchangeError:
    """Name what the TLS library calls it ("wrong version number")."""
    reason = (error.reason or "handshake failure").replace("_", " ").lower()
    return ExchangeError(Outcome.TLS_FAILED, f"TLS failed: {reason}.")


def _out_of_time(deadline: Deadline) -> ExchangeError:
    try:
        deadline.left()
    except ExchangeError as error:
        return error
    return ExchangeError(Outcome.TIMED_OUT, "The TLS handshake timed out.")
