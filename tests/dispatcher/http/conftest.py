from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator

import pytest
from misbehaving_servers import LOOPBACK, Handler, Server

from dispatcher.http import Client


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    started: list[Server] = []

    def start(handler: Handler, tls: ssl.SSLContext | None = None) -> Server:
        started.append(Server(handler, tls))
        return started[-1]

    yield start
    for server in started:
        server.close()


@pytest.fixture
def client() -> Iterator[Client]:
    made = Client(LOOPBACK)
    yield made
    made.close()


@pytest.fixture
def dialled(monkeypatch):
    """Every address that something tried to connect to; each try is refused."""
    tried = []

    def connect(_, address):
        tried.append(address[0])
        raise ConnectionRefusedError

    monkeypatch.setattr(socket.socket, "connect", connect)
    monkeypatch.setattr(socket.socket, "connect_ex", connect)
    return tried


@pytest.fixture
def names(monkeypatch):
    """DNS in process: name → list of answers, one taken at each lookup, the last one kept."""
    known: dict[str, list[list[str]]] = {}

    def getaddrinfo(host, port, *_, **__):
        if host not in known:
            raise socket.gaierror(socket.EAI_NONAME, "unknown")
        answers_ = known[host]
        now = answers_.pop(0) if len(answers_) > 1 else answers_[0]
        return [_answer(address, port) for address in now]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return known


def _answer(address, port):
    ip, _, scope = address.partition("%")
    if ":" in ip:
        sockaddr = (ip, port, 0, int(scope or 0))
        return (socket.AF_INET6, socket.SOCK_STREAM, 6, "", sockaddr)
    return (socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, port))
