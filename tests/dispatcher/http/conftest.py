from __future__ import annotations

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
