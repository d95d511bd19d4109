"""Chat traffic goes through the one door out: its addresses, deadlines and secrets."""

from __future__ import annotations

import json
import logging
import socket
import threading

import chat_standin
import pytest
from chat_channels import CHANNELS, send, work_for

from dispatcher import transports
from dispatcher.chat import SERVICES, recorder
from dispatcher.http import guard
from dispatcher.transports.chat import INCOMPLETE, Chat
from dispatcher.types import Outcome
from dispatcher.work import Credentials

every_service = pytest.mark.parametrize("name", SERVICES)


@pytest.fixture
def dialled(monkeypatch):
    """Every address that anything tried to connect to; each try is refused."""
    tried = []

    def connect(_, address):
        tried.append(address[0])
        raise ConnectionRefusedError

    monkeypatch.setattr(socket.socket, "connect", connect)
    monkeypatch.setattr(socket.socket, "connect_ex", connect)
    monkeypatch.setitem(transports._RENDERED, "chat", Chat())
    return tried


@every_service
def test_writing_a_message_reaches_for_no_network(dialled, monkeypatch, name):
    def look_up(*_, **__):
        raise AssertionError("A name was looked up.")

    monkeypatch.setattr(socket, "getaddrinfo", look_up)

    assert work_for(name).request is not None
    assert dialled == []


@every_service
@pytest.mark.parametrize("address", ["10.0.0.5", "169.254.169.254", "::1"])
def test_a_service_whose_name_leads_into_a_private_network_is_refused(
    dialled, monkeypatch, settings, name, address
):
    settings.ALLOWED_NETWORKS = []
    monkeypatch.setattr(guard.resolver, "addresses", lambda *_: [address])

    exchange = send(work_for(name))

    assert exchange.outcome == Outcome.BLOCKED_ADDRESS
    assert dialled == []


@every_service
def test_a_public_address_is_dialled_by_the_guard(dialled, monkeypatch, settings, name):
    settings.ALLOWED_NETWORKS = []
    monkeypatch.setattr(guard.resolver, "addresses", lambda *_: ["8.8.8.8"])

    exchange = send(work_for(name))

    assert exchange.outcome == Outcome.NO_CONNECTION
    assert dialled == ["8.8.8.8"]


def test_a_plugin_can_do_nothing_but_write_a_request():
    for name in ("Session", "get", "delete", "adapters", "sessions", "api"):
        assert not hasattr(recorder._recorder, name)


@every_service
def test_a_redirect_is_not_followed(standin, name):
    standin.answer = (
        b"HTTP/1.1 307 Temporary Redirect\r\nlocation: https://ntfy.sh/else\r\n"
        b"content-length: 0\r\n\r\n"
    )

    exchange = send(work_for(name))

    assert exchange.outcome == Outcome.REDIRECTED
    assert len(standin.requests) == 1


@every_service
@pytest.mark.parametrize("first", [b"", b"HTTP/1.1 200 OK\r\n"], ids=["silence", "dripping"])
def test_the_deadline_is_for_the_whole_request(standin, name, first):
    def drip(connection, over):
        connection.sendall(first)
        while not over.wait(0.05):
            if first:
                connection.sendall(b"x-drip: 1\r\n")

    standin.behave = drip

    exchange = send(work_for(name, deadline=0.5))

    assert exchange.outcome == Outcome.TIMED_OUT
    assert 400 < exchange.duration < 5_000


def test_an_endless_answer_is_cut(standin):
    standin.answer = b"HTTP/1.1 200 OK\r\ncontent-length: 9000000\r\n\r\n" + b"x" * 900_000

    exchange = send(work_for("slack"))

    assert exchange.truncated
    assert len(exchange.body) <= 65_536


@pytest.mark.parametrize(
    ("status", "extra", "body", "outcome", "wait"),
    [
        (200, "", b"ok", Outcome.DELIVERED, None),
        (202, "", b"", Outcome.DELIVERED, None),
        (200, "", b'{"ok": false, "description": "chat not found"}', Outcome.REJECTED, None),
        (200, "", b'{"success": false}', Outcome.REJECTED, None),
        (400, "", b'{"message": "Cannot send an empty message"}', Outcome.REJECTED, None),
        (404, "", b"no_service", Outcome.REJECTED, None),
        (429, "retry-after: 7\r\n", b'{"retry_after": 99}', Outcome.REJECTED, 7),
        (429, "", b'{"retry_after": 1.5, "global": false}', Outcome.REJECTED, 1.5),
        (429, "", b'{"ok": false, "parameters": {"retry_after": 8}}', Outcome.REJECTED, 8),
        (429, "", b'{"retry_after": "soon"}', Outcome.REJECTED, None),
        (429, "", b'{"retry_after": -1}', Outcome.REJECTED, None),
        (429, "", b'{"retry_after": NaN}', Outcome.REJECTED, None),
        (429, "", b'{"retry_after": 1e300}', Outcome.REJECTED, 86_400),
        (500, "", b"", Outcome.REJECTED, None),
    ],
)
def test_the_answer_is_understood(standin, status, extra, body, outcome, wait):
    head = f"HTTP/1.1 {status} Said\r\n{extra}content-length: {len(body)}\r\n\r\n"
    standin.answer = head.encode() + body

    exchange = send(work_for("discord"))

    assert (exchange.outcome, exchange.status) == (outcome, status)
    assert exchange.body == body
    assert exchange.retry_after == wait


def secrets_of(name):
    _, secret = CHANNELS[name]
    return [part for value in secret.values() for part in (value, value[value.index("secret") :])]


@every_service
def test_what_is_frozen_and_shown_holds_no_secret(name):
    work = work_for(name)

    for secret in secrets_of(name):
        assert secret not in repr(work)
        assert secret not in json.dumps(work.route.spec)
        assert secret not in work.request.body
        assert secret not in work.request.url


@every_service
def test_an_answer_that_repeats_the_secret_is_masked(standin, name):
    def echo(connection, _):
        came = standin.requests[-1]
        said = json.dumps({"path": came.path, "headers": came.headers}).encode()
        head = f"HTTP/1.1 400 Bad\r\nx-path: {came.path}\r\ncontent-length: {len(said)}\r\n\r\n"
        connection.sendall(head.encode() + said)

    standin.behave = echo

    exchange = send(work_for(name))

    assert exchange.status == 400
    for secret in secrets_of(name):
        assert secret not in f"{exchange}"


@every_service
def test_nothing_is_logged(standin, caplog, name):
    with caplog.at_level(logging.DEBUG):
        send(work_for(name))

    assert caplog.text == ""


def test_a_channel_whose_secret_is_gone_says_so(standin):
    work = work_for("telegram")
    work.credentials = Credentials()

    exchange = send(work)

    assert (exchange.outcome, exchange.error) == (Outcome.CONFIGURATION_ERROR, INCOMPLETE)
    assert standin.requests == []


def test_many_threads_write_messages_at_once():
    wrong = []

    def write(number):
        names = list(SERVICES)
        for turn in range(20):
            name = names[(number + turn) % len(names)]
            payload = json.dumps({"order": f"{number}-{turn}", "name": name})
            body = work_for(name, payload=payload).request.body
            if f"{number}-{turn}" not in body.replace("\\\\", "") or name not in body.replace(
                "\\\\", ""
            ):
                wrong.append((name, body))

    threads = [threading.Thread(target=write, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert wrong == []


def test_the_stand_in_knows_every_host():
    assert "ntfy.sh" in chat_standin.HOSTS
