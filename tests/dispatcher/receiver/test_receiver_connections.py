"""The receiver speaks HTTP/1.1 properly, and no client can hurt it."""

from __future__ import annotations

import socket

import pytest
from receiver_client import read_all, read_until

MIB = 1024 * 1024


def post(path, body, *headers):
    lines = [b"POST %s HTTP/1.1" % path, b"Host: receiver", *headers]
    return b"\r\n".join([*lines, b"Content-Length: %d" % len(body), b"", body])


def test_a_connection_is_kept_for_the_next_request(client, receiver):
    connection = client.connection()

    for number in range(3):
        connection.request("POST", f"/ok/{number}", b"{}")
        connection.getresponse().read()

    connection.close()
    assert [line["path"] for line in receiver.ledger()] == ["/ok/0", "/ok/1", "/ok/2"]


def test_pipelined_requests_are_answered_in_order(client):
    last = post(b"/gone", b"", b"Connection: close")

    received = client.raw(post(b"/slow/0.1", b"x") + post(b"/status/503", b"") + last)

    codes = [line.split()[1] for line in received.split(b"\n") if line.startswith(b"HTTP/1.1")]
    # A body without a newline at its end runs into the next status line.
    codes += [part[:3] for part in received.split(b"}HTTP/1.1 ")[1:]]
    assert codes == [b"200", b"503", b"410"]


def test_http_1_0_is_answered_and_closed(client):
    received = client.raw(b"GET /ok HTTP/1.0\r\n\r\n")

    assert received.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"Connection: close\r\n" in received


def test_a_careful_client_is_told_to_go_on(client, receiver):
    with client.connect() as connection:
        connection.sendall(
            b"POST /ok HTTP/1.1\r\nHost: r\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n"
        )
        told = read_until(connection, b"\r\n\r\n")
        connection.sendall(b"{}")
        answered = read_until(connection, b"\r\n\r\n")

    assert told == b"HTTP/1.1 100 Continue\r\n\r\n"
    assert answered.startswith(b"HTTP/1.1 200 OK\r\n")
    assert receiver.ledger()[0]["body"] == "{}"


def test_a_request_may_come_in_pieces_and_in_chunks(client, receiver):
    with client.connect() as connection:
        for piece in (
            b"POST /ok HT",
            b"TP/1.1\r\nHost: r\r\nwebhook-",
            b'id: m1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n{"a',
            b'\r\n5\r\n": 1}\r\n0\r\n\r\n',
        ):
            connection.sendall(piece)
        read_until(connection, b"\r\n\r\n")

    (line,) = receiver.ledger()
    assert (line["path"], line["webhook_id"], line["body"]) == ("/ok", "m1", '{"a": 1}')


def test_a_body_of_ten_mebibytes_is_taken(client, receiver):
    assert client.send("/ok", body=b"x" * 10 * MIB).status == 200
    assert len(receiver.ledger()[0]["body"]) == 10 * MIB


@pytest.mark.parametrize("chunked", [False, True], ids=["announced", "chunked"])
def test_a_larger_body_is_refused(client, receiver, chunked):
    body = iter([b"x" * MIB] * 10 + [b"y"]) if chunked else b"x" * (10 * MIB + 1)

    response = client.send("/ok", body=body)

    assert response.status == 413
    assert [(line["status"], line["body"]) for line in receiver.ledger()] == [(413, "")]


def test_a_larger_body_is_refused_before_it_is_sent(client):
    announced = b"Content-Length: %d\r\nExpect: 100-continue" % (10 * MIB + 1)

    received = client.raw(b"POST /ok HTTP/1.1\r\nHost: r\r\n" + announced + b"\r\n\r\n")

    assert received.startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"hello\r\n\r\n", id="words"),
        pytest.param(b"\x16\x03\x01\x02\x00\x01\x00", id="tls"),
        pytest.param(b"GET /ok HTTP/9.9\r\n\r\n", id="a-version-of-the-future"),
        pytest.param(b"POST /ok HTTP/1.1\r\nContent-Length: -1\r\n\r\n", id="negative-length"),
        pytest.param(b"POST /ok HTTP/1.1\r\nContent-Length: 1e9\r\n\r\n", id="odd-length"),
        pytest.param(b"GET /ok HTTP/1.1\r\nno colon\r\n\r\n", id="a-header-without-a-colon"),
    ],
)
def test_what_is_not_http_is_answered_400(client, receiver, data):
    received = client.raw(data)

    assert received.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert client.send("/ok").status == 200


def test_endless_headers_are_refused(client, receiver):
    header = b"X-More: " + b"x" * 1000 + b"\r\n"

    received = client.raw(b"GET /ok HTTP/1.1\r\n" + header * 100)

    assert received.startswith(b"HTTP/1.1 431 ")


def test_an_upgrade_is_answered_as_a_plain_request(client, receiver):
    upgrade = (b"Connection: Upgrade, HTTP2-Settings", b"Upgrade: h2c", b"HTTP2-Settings: AAM")

    with client.connect() as connection:
        connection.sendall(post(b"/ok", b"{}", *upgrade))
        received = read_until(connection, b"\r\n\r\n")

    assert received.startswith(b"HTTP/1.1 200 OK\r\n")
    assert [line["body"] for line in receiver.ledger()] == ["{}"]


def test_a_tunnel_is_refused(client, receiver):
    received = client.raw(b"CONNECT example.test:443 HTTP/1.1\r\nHost: example.test\r\n\r\n")

    assert received.startswith(b"HTTP/1.1 400 Bad Request\r\n")


@pytest.mark.parametrize("path", [b"/hang", b"/drip", b"/huge", b"/slow/9", b"/events", b"/ok"])
def test_a_client_that_vanishes_harms_nobody(client, receiver, path):
    for _ in range(20):
        connection = client.connect()
        connection.sendall(post(path, b"x"))
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        connection.close()

    assert client.send("/ok").status == 200


def test_a_client_that_says_all_it_has_to_say_is_still_answered(client):
    with client.connect() as connection:
        connection.sendall(b"GET /slow/0.1 HTTP/1.1\r\nHost: r\r\n\r\n")
        connection.shutdown(socket.SHUT_WR)

        assert read_all(connection).startswith(b"HTTP/1.1 200 OK\r\n")
