"""Small servers that misbehave on purpose, on 127.0.0.1, each in a thread of its own."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable
from ipaddress import ip_network

from dispatcher.http import NetworkPolicy, OutgoingRequest

LOOPBACK = NetworkPolicy((ip_network("127.0.0.0/8"),))

Handler = Callable[[socket.socket], None]


class Server:
    """Runs `handler` for every connection; `connections` counts them, `requests` keeps bytes."""

    def __init__(self, handler: Handler, tls: ssl.SSLContext | None = None) -> None:
        self.handler = handler
        self.tls = tls
        self.connections = 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.open: list[socket.socket] = []
        self.threads = [threading.Thread(target=self._accept, daemon=True)]
        self.threads[0].start()

    def url(self, path: str = "/hook", scheme: str = "http") -> str:
        return f"{scheme}://127.0.0.1:{self.port}{path}"

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.listener.accept()
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self.connections += 1
                self.open.append(connection)
                thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
                self.threads.append(thread)
                thread.start()

    def _serve(self, raw: socket.socket) -> None:
        connection = raw
        with contextlib.suppress(OSError, EOFError):
            if self.tls is not None:
                connection = self.tls.wrap_socket(raw, server_side=True)
                self.open.append(connection)
            self.handler(connection)
        connection.close()
        raw.close()

    def close(self) -> None:
        for each in [self.listener, *self.open]:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        for thread in self.threads:
            thread.join(timeout=5)


def post(url: str, body: bytes = b"{}", headers: list[tuple[str, str]] | None = None):
    return OutgoingRequest("POST", url, headers or [], body)


def read_request(connection: socket.socket) -> bytes:
    """Read one request with a content-length; raises EOFError when the client has closed."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += _some(connection)
    head, _, body = data.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0] or b"0")
    while len(body) < length:
        body += _some(connection)
    return head + b"\r\n\r\n" + body


def _some(connection: socket.socket) -> bytes:
    data = connection.recv(65_536)
    if not data:
        raise EOFError
    return data


def answers(*pieces: bytes, then: Handler | None = None, keep_alive: bool = False) -> Handler:
    """Read a request, write `pieces`, do `then`; again and again with `keep_alive`."""

    def handler(connection: socket.socket) -> None:
        while True:
            read_request(connection)
            for piece in pieces:
                connection.sendall(piece)
            if then is not None:
                then(connection)
            if not keep_alive:
                return

    return handler


def repeats(piece: bytes, pause: float = 0.0) -> Handler:
    """Write `piece` until the client goes away."""

    def handler(connection: socket.socket) -> None:
        stop = threading.Event()
        while True:
            connection.sendall(piece)
            if pause:
                stop.wait(pause)

    return handler


def hangs(connection: socket.socket) -> None:
    """Say nothing more until the client goes away."""
    while connection.recv(65_536):
        pass


def resets(connection: socket.socket) -> None:
    """Close with RST instead of FIN."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
    connection.close()


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
