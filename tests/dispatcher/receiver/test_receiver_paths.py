"""Each path answers as its name says."""

from __future__ import annotations

import http.client
import json
import socket
import time
import zlib

import pytest
from receiver_client import read_until

GET = b"GET %s HTTP/1.1\r\nHost: receiver\r\n\r\n"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        pytest.param("/ok", 200, id="ok"),
        pytest.param("/ok/printshop?x=1", 200, id="anything-may-follow"),
        pytest.param("/status/503", 503, id="status"),
        pytest.param("/status/204", 204, id="no-content"),
        pytest.param("/status/429/shop", 429, id="status-of-a-shop"),
        pytest.param("/gone", 410, id="gone"),
        pytest.param("/redirect", 302, id="redirect"),
        pytest.param("/slow/0.05", 200, id="slow"),
        pytest.param("/status/100", 404, id="not-a-final-status"),
        pytest.param("/status/many", 404, id="not-a-status"),
        pytest.param("/slow/nan", 404, id="not-a-time"),
        pytest.param("/", 404, id="a-forgotten-path"),
        pytest.param("/nowhere", 404, id="unknown"),
    ],
)
def test_a_path_chooses_the_status(client, receiver, path, status):
    response = client.send(path)

    assert response.status == status
    assert [(line["path"], line["status"]) for line in receiver.ledger()] == [(path, status)]


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_every_method_is_answered_alike(client, receiver, method):
    response = client.send("/ok", method=method)

    assert response.status == 200
    assert receiver.ledger()[0]["method"] == method


def test_a_head_request_gets_no_body(client):
    received = client.raw(b"HEAD /ok HTTP/1.1\r\nHost: receiver\r\nConnection: close\r\n\r\n")

    assert received.startswith(b"HTTP/1.1 200 OK\r\n")
    assert received.endswith(b"\r\n\r\n")


def test_an_unknown_path_is_told_which_ones_exist(client):
    response = client.send("/okay")

    assert {"/ok", "/hang", "/flaky/3"} <= set(json.loads(response.text)["paths"])


def test_a_status_can_ask_to_be_tried_later(client):
    response = client.send("/status/503?retry_after=5")

    assert response.headers["Retry-After"] == "5"


def test_a_header_cannot_be_smuggled_in_by_retry_after(client):
    response = client.send("/status/503?retry_after=5%0d%0aX-Smuggled:1")

    assert response.headers["Retry-After"] is None
    assert response.headers["X-Smuggled"] is None


def test_a_redirect_names_where_to_go(client):
    assert client.send("/redirect").headers["Location"] == "/ok"


def test_slow_waits_before_it_answers(client):
    started_at = time.monotonic()

    client.send("/slow/0.3")

    assert time.monotonic() - started_at >= 0.3


def test_flaky_fails_so_often_for_each_webhook_id(client, receiver):
    ids = ["a", "a", "b", "a", "b"]

    statuses = [client.send("/flaky/2", headers={"webhook-id": i}).status for i in ids]

    assert statuses == [503, 503, 503, 200, 503]
    assert [line["attempt"] for line in receiver.ledger()] == [1, 2, 1, 3, 2]


def test_clearing_lets_flaky_begin_anew(client, receiver):
    client.send("/flaky/1")

    receiver.clear()

    assert client.send("/flaky/1").status == 503


def test_hang_never_answers(client, receiver):
    with client.connect(timeout=0.3) as connection:
        connection.sendall(GET % b"/hang")

        with pytest.raises(TimeoutError):
            connection.recv(1)

    assert receiver.ledger()[0]["status"] is None


def test_reset_resets_the_connection(client):
    with client.connect() as connection:
        connection.sendall(GET % b"/reset")

        with pytest.raises(ConnectionResetError):
            connection.recv(1)


def test_close_closes_without_a_word(client, receiver):
    assert client.raw(GET % b"/close") == b""
    assert receiver.ledger()[0]["status"] is None


def test_garbage_is_not_http(client):
    connection = client.connection()
    connection.request("GET", "/garbage")

    with pytest.raises(http.client.BadStatusLine):
        connection.getresponse()

    connection.close()


@pytest.mark.parametrize(
    ("path", "start"),
    [
        pytest.param(b"/drip", b"\r\n\r\n.", id="body"),
        pytest.param(b"/drip?headers=1", b"X-Drip: .", id="headers"),
    ],
)
def test_drip_sends_a_byte_now_and_then(client, path, start):
    with client.connect() as connection:
        connection.sendall(GET % path)

        assert read_until(connection, start).startswith(b"HTTP/1.1 200 OK\r\n")


@pytest.mark.parametrize("path", ["/huge", "/chunked"])
def test_a_body_without_end_keeps_coming(client, receiver, path):
    connection = client.connection()
    connection.request("GET", path)

    response = connection.getresponse()

    assert len(response.read(3_000_000)) == 3_000_000
    connection.sock.close()
    assert client.send("/ok").status == 200


def test_a_body_without_end_waits_for_its_reader(client, receiver):
    with client.connect() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.sendall(GET % b"/huge")
        read_until(connection, b"\r\n\r\n")

        time.sleep(0.3)

        assert resident_megabytes(receiver.pid) < 150


def resident_megabytes(pid):
    with open(f"/proc/{pid}/statm") as file:  # noqa: PTH123  # not a file on disk
        return int(file.read().split()[1]) * 4096 / 1_000_000


def test_the_gzip_bomb_unpacks_to_far_more_than_was_sent(client):
    connection = client.connection()
    connection.request("GET", "/gzip")
    response = connection.getresponse()

    received = response.read(100_000)

    unpacked = zlib.decompressobj(31).decompress(received, 50_000_000)
    assert response.headers["Content-Encoding"] == "gzip"
    assert 9_000_000 < int(response.headers["Content-Length"]) < 12_000_000
    assert len(unpacked) == 50_000_000
    assert not unpacked.strip(b"\0")
    connection.close()
    response.close()
