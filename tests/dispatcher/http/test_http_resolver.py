"""A name server that hangs, or an address that does, ends with the deadline."""

from __future__ import annotations

import socket
import threading

from misbehaving_servers import post

from dispatcher.http import Client, NetworkPolicy, guard
from dispatcher.http import resolver as resolver_module
from dispatcher.http.resolver import Resolver
from dispatcher.types import Outcome

NOTHING = NetworkPolicy()
PUBLIC = "93.184.215.14"


def test_a_hanging_name_server_ends_with_the_deadline_and_holds_one_thread(monkeypatch, dialled):
    release = threading.Event()
    lookups = []

    def getaddrinfo(host, *_, **__):
        lookups.append(host)
        if host == "hangs.example":
            release.wait(20)
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    client = Client(NOTHING)

    hung = [client.send(post("http://hangs.example/"), deadline=0.1) for _ in range(3)]
    other = client.send(post("http://other.example/"), deadline=5)
    release.set()

    assert {exchange.outcome for exchange in hung} == {Outcome.TIMED_OUT}
    assert "while looking up the name" in hung[0].error
    assert other.outcome == Outcome.NAME_NOT_FOUND
    assert lookups == ["hangs.example", "other.example"]


def test_lookups_are_bounded_and_waiting_for_one_is_too(monkeypatch, dialled):
    release = threading.Event()
    lookups = []

    def getaddrinfo(host, *_, **__):
        lookups.append(host)
        release.wait(20)
        raise socket.gaierror(socket.EAI_AGAIN, "no answer")

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    monkeypatch.setattr(guard, "resolver", Resolver())
    monkeypatch.setattr(resolver_module, "LOOKUPS_AT_ONCE", 1)
    client = Client(NOTHING)

    outcomes = [
        client.send(post(f"http://{name}.example/"), deadline=0.1).outcome for name in "abc"
    ]
    release.set()

    assert outcomes == [Outcome.TIMED_OUT] * 3
    assert lookups == ["a.example"]


def test_a_connect_that_hangs_ends_with_the_deadline(monkeypatch, names):
    waits = []

    def connect(self, _):
        waits.append(self.gettimeout())
        threading.Event().wait(self.gettimeout())
        raise TimeoutError

    monkeypatch.setattr(socket.socket, "connect", connect)
    names["two.example"] = [[PUBLIC, "8.8.8.8"]]

    exchange = Client(NOTHING).send(post("http://two.example/"), deadline=0.2)

    assert exchange.outcome == Outcome.TIMED_OUT
    assert "while connecting" in exchange.error
    assert len(waits) == 2
    assert sum(waits) <= 0.21
