"""Connections are kept, bounded, checked before use, and never shared across a fork."""

from __future__ import annotations

import os
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from misbehaving_servers import LOOPBACK, OK, answers, post, read_request, resets

from dispatcher.http import Client
from dispatcher.types import Outcome


def test_a_connection_is_used_again(serve, client):
    server = serve(answers(OK, keep_alive=True))

    exchanges = [client.send(post(server.url()), deadline=5) for _ in range(5)]

    assert {exchange.outcome for exchange in exchanges} == {Outcome.DELIVERED}
    assert server.connections == 1
    assert set(exchanges[-1].phases) == {"wait", "read"}


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(
            b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", id="close"
        ),
        pytest.param(b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", id="http-1.0"),
        pytest.param(
            OK + b"HTTP/1.1 500 Not asked for\r\nContent-Length: 2\r\n\r\nno", id="one-more"
        ),
        pytest.param(OK + b"junk", id="junk-behind"),
    ],
)
def test_a_connection_that_cannot_be_trusted_is_not_used_again(serve, client, answer):
    server = serve(answers(answer, keep_alive=True))

    exchanges = [client.send(post(server.url()), deadline=5) for _ in range(2)]

    assert [exchange.status for exchange in exchanges] == [200, 200]
    assert server.connections == 2


@pytest.mark.parametrize(
    "goes", [pytest.param(None, id="closes"), pytest.param(resets, id="resets")]
)
def test_a_kept_connection_that_closes_on_the_request_is_replaced_once(serve, client, goes):
    received = []

    def handler(connection):
        received.append(read_request(connection))
        connection.sendall(OK)
        if len(received) == 1:
            received.append(read_request(connection))  # takes the second request, and leaves
            if goes is not None:
                goes(connection)
            return
        read_request(connection)

    server = serve(handler)

    client.send(post(server.url(), b"first"), deadline=5)
    second = client.send(post(server.url(), b"second"), deadline=5)

    assert second.outcome == Outcome.DELIVERED
    assert server.connections == 2
    assert received[1] == received[2]


def test_a_fresh_connection_that_closes_is_not_replaced(serve, client):
    server = serve(answers())

    exchange = client.send(post(server.url()), deadline=5)

    assert exchange.outcome == Outcome.NO_CONNECTION
    assert server.connections == 1


def test_a_kept_connection_that_breaks_in_the_middle_of_an_answer_is_not_replaced(serve, client):
    def handler(connection):
        read_request(connection)
        connection.sendall(OK)
        read_request(connection)
        connection.sendall(OK[:20])

    server = serve(handler)

    client.send(post(server.url()), deadline=5)
    second = client.send(post(server.url()), deadline=5)

    assert second.outcome == Outcome.BAD_ANSWER
    assert server.connections == 1


@pytest.mark.parametrize(
    "unasked",
    [pytest.param(b"", id="closed"), pytest.param(b"HTTP/1.1 408 X\r\n\r\n", id="said-408")],
)
def test_an_idle_connection_that_became_readable_is_dropped_before_use(serve, client, unasked):
    requests = []
    has_spoken = threading.Event()

    def handler(connection):
        requests.append(read_request(connection))
        connection.sendall(OK)
        time.sleep(0.05)
        connection.sendall(unasked)
        if not unasked:
            connection.shutdown(socket.SHUT_WR)
        has_spoken.set()
        requests.append(read_request(connection))

    server = serve(handler)
    client.send(post(server.url()), deadline=5)
    has_spoken.wait(5)

    second = client.send(post(server.url()), deadline=5)

    assert (second.status, server.connections, len(requests)) == (200, 2, 2)


def test_an_idle_connection_grows_old(serve):
    client = Client(LOOPBACK, idle_seconds=0.05)
    server = serve(answers(OK, keep_alive=True))

    client.send(post(server.url()), deadline=5)
    time.sleep(0.1)
    client.send(post(server.url()), deadline=5)
    client.close()

    assert server.connections == 2


def test_idle_connections_are_bounded_per_origin_and_in_all(serve):
    client = Client(LOOPBACK, idle_per_origin=2, idle_in_all=3)
    barrier = threading.Barrier(4)

    def handler(connection):
        while True:
            read_request(connection)
            barrier.wait(5)
            connection.sendall(OK)

    crowded = serve(handler)
    others = [serve(answers(OK, keep_alive=True)) for _ in range(3)]

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda _: client.send(post(crowded.url()), deadline=5), range(4)))
    per_origin = _idle(client)
    for other in others:
        client.send(post(other.url()), deadline=5)

    assert per_origin == 2
    assert _idle(client) == 3
    client.close()
    assert _idle(client) == 0


def _idle(client: Client) -> int:
    return sum(len(wires) for wires in client._pool._idle.values())


def test_many_threads_share_one_client(serve, client):
    def echoes(connection):
        while True:
            body = read_request(connection).partition(b"\r\n\r\n")[2]
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)

    server = serve(echoes)
    bodies = [f"body {n}".encode() for n in range(400)]

    with ThreadPoolExecutor(8) as threads:
        exchanges = list(
            threads.map(lambda b: client.send(post(server.url(), b), deadline=9), bodies)
        )

    assert [exchange.body for exchange in exchanges] == bodies
    assert server.connections <= 8


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")  # forking beside threads
def test_a_forked_child_uses_no_connection_of_its_parent(serve, client):
    server = serve(answers(OK, keep_alive=True))
    client.send(post(server.url()), deadline=5)

    child = os.fork()
    if child == 0:
        good = client.send(post(server.url()), deadline=5).outcome == Outcome.DELIVERED
        os._exit(0 if good else 1)
    _, status = os.waitpid(child, 0)
    after = client.send(post(server.url()), deadline=5)

    assert os.waitstatus_to_exitcode(status) == 0
    assert after.outcome == Outcome.DELIVERED
    assert server.connections == 2
