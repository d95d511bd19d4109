"""What is sent, what comes back, and what cannot be sent."""

from __future__ import annotations

import socket
import threading

import pytest
from misbehaving_servers import OK, answers, post, read_request

from dispatcher.http import Client, Exchange, NetworkPolicy, OutgoingRequest
from dispatcher.http import client as client_module
from dispatcher.types import Outcome

DEADLINE = 0.6
HEAD = b"HTTP/1.1 200 OK\r\n"


def test_a_delivered_request_arrives_byte_for_byte_in_one_piece(serve, client):
    seen = []

    def handler(connection):
        seen.append(connection.recv(65_536))
        connection.sendall(OK)

    server = serve(handler)
    body = '{"name":"Zoë 🐘"}'.encode()

    exchange = client.send(
        post(server.url("/a b?q=é&x=%20"), body, [("X-Order", "42"), ("content-type", "a/b")]),
        deadline=5,
    )

    head, _, received = seen[0].partition(b"\r\n\r\n")
    assert exchange.outcome == Outcome.DELIVERED
    assert received == body
    assert head.split(b"\r\n") == [
        b"POST /a%20b?q=%C3%A9&x=%20 HTTP/1.1",
        b"Host: 127.0.0.1:%d" % server.port,
        b"X-Order: 42",
        b"content-type: a/b",
        b"user-agent: postbacks",
        b"accept: */*",
        b"accept-encoding: identity",
        b"content-length: %d" % len(body),
    ]


def test_an_exchange_tells_what_came_back(serve, client):
    answer = b"HTTP/1.1 202 Accepted\r\nX-Id: 7\r\nX-Id: 8\r\nContent-Length: 4\r\n\r\ndone"
    server = serve(answers(answer))

    exchange = client.send(post(server.url()), deadline=5)

    assert (exchange.status, exchange.body, exchange.truncated) == (202, b"done", False)
    assert exchange.headers == [("X-Id", "7"), ("X-Id", "8"), ("Content-Length", "4")]
    assert exchange.peer == f"127.0.0.1:{server.port}"
    assert exchange.error == ""
    assert set(exchange.phases) == {"connect", "wait", "read"}
    assert exchange.duration >= sum(exchange.phases.values()) > 0


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        pytest.param(204, Outcome.DELIVERED, id="204"),
        pytest.param(299, Outcome.DELIVERED, id="299"),
        pytest.param(301, Outcome.REDIRECTED, id="301"),
        pytest.param(304, Outcome.REDIRECTED, id="304"),
        pytest.param(400, Outcome.REJECTED, id="400"),
        pytest.param(410, Outcome.REJECTED, id="410"),
        pytest.param(503, Outcome.REJECTED, id="503"),
        pytest.param(999, Outcome.REJECTED, id="999"),
    ],
)
def test_the_status_decides_the_outcome(serve, client, status, outcome):
    head = b"HTTP/1.1 %d X\r\nLocation: http://127.0.0.1:1/\r\n" % status
    server = serve(answers(head + b"Content-Length: 0\r\n\r\n"))

    exchange = client.send(post(server.url()), deadline=5)

    assert (exchange.outcome, exchange.status) == (outcome, status)
    assert (exchange.error == "") == (outcome == Outcome.DELIVERED)
    assert server.connections == 1


def test_a_long_body_is_cut_at_64_kib_and_its_connection_dropped(serve, client):
    long = HEAD + b"Content-Length: 70000\r\n\r\n" + b"x" * 70_000
    server = serve(answers(long, keep_alive=True))

    first = client.send(post(server.url()), deadline=5)
    client.send(post(server.url()), deadline=5)

    assert (first.outcome, first.truncated, first.body) == ("delivered", True, b"x" * 65_536)
    assert server.connections == 2


def test_a_body_of_exactly_64_kib_is_whole_and_its_connection_kept(serve, client):
    full = HEAD + b"Content-Length: 65536\r\n\r\n" + b"x" * 65_536
    server = serve(answers(full, keep_alive=True))

    exchanges = [client.send(post(server.url()), deadline=5) for _ in range(2)]

    assert [(e.truncated, len(e.body)) for e in exchanges] == [(False, 65_536)] * 2
    assert server.connections == 1


def test_nobody_answering_is_no_connection(client):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    exchange = client.send(post(f"http://127.0.0.1:{port}/"), deadline=5)

    assert (exchange.outcome, exchange.status) == (Outcome.NO_CONNECTION, None)
    assert exchange.error == "The connection was refused."


def test_a_receiver_that_does_not_read_ends_while_sending(serve, client):
    release = threading.Event()
    server = serve(lambda _: release.wait(10) and None)

    exchange = client.send(post(server.url(), b"x" * 20_000_000), deadline=DEADLINE)
    release.set()

    assert exchange.outcome == Outcome.TIMED_OUT
    assert "while sending the request" in exchange.error


def reads_the_rest(connection):
    connection.shutdown(socket.SHUT_WR)
    while connection.recv(65_536):
        pass


@pytest.mark.parametrize(
    "goes_on", [reads_the_rest, socket.socket.close], ids=["and-reads-on", "and-closes"]
)
def test_an_answer_before_the_whole_request_was_read_counts(serve, client, goes_on):
    def refuses_early(connection):
        connection.recv(100)
        connection.sendall(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n")
        goes_on(connection)

    server = serve(refuses_early)

    exchange = client.send(post(server.url(), b"x" * 20_000_000), deadline=9)

    assert (exchange.outcome, exchange.status) == (Outcome.REJECTED, 413)


def test_a_large_body_arrives_whole(serve, client):
    seen = []

    def handler(connection):
        seen.append(read_request(connection))
        connection.sendall(OK)

    server = serve(handler)
    body = bytes(range(256)) * 20_000

    exchange = client.send(post(server.url(), body), deadline=10)

    assert exchange.outcome == Outcome.DELIVERED
    assert seen[0].endswith(b"\r\n\r\n" + body)


@pytest.mark.parametrize(
    "request_",
    [
        pytest.param(OutgoingRequest("HEAD", "http://127.0.0.1/", [], b""), id="method"),
        pytest.param(
            OutgoingRequest("P\r\nX", "http://127.0.0.1/", [], b""), id="method-injection"
        ),
        pytest.param(post("http://s3cret:s3cret@127.0.0.1/"), id="userinfo"),
        pytest.param(post("ftp://127.0.0.1/s3cret"), id="scheme"),
        pytest.param(post("http://127.0.0.1:99999/s3cret"), id="port"),
        pytest.param(post("http://127.0.0.1/s3cret\r\nX: y"), id="url-injection"),
        pytest.param(post("http://127.0.0.1/s3cret\ud800"), id="lone-surrogate"),
        pytest.param(
            post("http://127.0.0.1/", headers=[("X", "s3cret\r\nY: z")]), id="value-injection"
        ),
        pytest.param(
            post("http://127.0.0.1/", headers=[("X: y\r\nZ", "s3cret")]), id="name-injection"
        ),
        pytest.param(
            post("http://127.0.0.1/", headers=[("X", "s3cret\ud800")]), id="header-surrogate"
        ),
        pytest.param(post("http://127.0.0.1/", headers=[("Host", "s3cret")]), id="host"),
        pytest.param(post("http://127.0.0.1/", headers=[("content-length", "3")]), id="length"),
        pytest.param(
            post("http://127.0.0.1/", headers=[("Transfer-Encoding", "chunked")]), id="framing"
        ),
    ],
)
def test_what_cannot_be_sent_is_a_configuration_error_and_dials_nothing(
    monkeypatch, client, request_
):
    dialled = []
    monkeypatch.setattr(socket.socket, "connect", lambda _, to: dialled.append(to))

    exchange = client.send(request_, deadline=5)

    assert exchange.outcome == Outcome.CONFIGURATION_ERROR
    assert exchange.error
    assert "s3cret" not in exchange.error
    assert dialled == []


def test_a_surprise_from_a_library_is_an_exchange_and_no_exception(monkeypatch, client, caplog):
    def fails(*_):
        raise RuntimeError("s3cret")

    monkeypatch.setattr(client_module, "open_wire", fails)

    exchange = client.send(post("http://127.0.0.1:1/"), deadline=5)

    assert isinstance(exchange, Exchange)
    assert exchange.error == "Sending failed unexpectedly (RuntimeError)."
    assert "s3cret" not in caplog.text


def test_retry_after_is_read_from_the_answer(serve, client):
    head = b"HTTP/1.1 429 Slow\r\nRETRY-AFTER: 120\r\nContent-Length: 0\r\n\r\n"
    server = serve(answers(head))

    assert client.send(post(server.url()), deadline=5).retry_after == 120.0


def test_a_request_shows_nothing_of_itself():
    request = post("http://h/?token=s3cret", b"s3cret", [("authorization", "s3cret")])

    assert "s3cret" not in repr(request)


def test_the_policy_comes_from_the_settings(settings):
    settings.ALLOWED_NETWORKS = ["10.0.0.0/8"]

    blocked = Client().send(post("http://127.0.0.1:1/"), deadline=5)

    assert blocked.outcome == Outcome.BLOCKED_ADDRESS
    assert str(NetworkPolicy.from_settings().allowed[0]) == "10.0.0.0/8"
