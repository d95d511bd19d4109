"""Servers that speak no SMTP, or say nothing at all, end within the deadline."""

from __future__ import annotations

import socket
import threading

import pytest
from mail_server import USER

from dispatcher.mail import MailServer, Tls
from dispatcher.types import Outcome


@pytest.fixture
def listener():
    """A server made of a function that is given the first connection."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        done = threading.Event()

        def start(talk):
            def serve():
                connection, _ = server.accept()
                with connection:
                    talk(connection)
                    done.wait(5)

            threading.Thread(target=serve, daemon=True).start()
            port = server.getsockname()[1]
            return MailServer(host="127.0.0.1", port=port, tls=Tls.NONE.value, sender=USER)

        yield start
        done.set()


def drips(connection):
    try:
        for _ in range(100):
            connection.sendall(b"2")
            threading.Event().wait(0.05)
    except OSError:
        pass


@pytest.mark.parametrize(
    ("talk", "outcome"),
    [
        pytest.param(lambda c: None, Outcome.TIMED_OUT, id="silent"),
        pytest.param(drips, Outcome.TIMED_OUT, id="drips"),
        pytest.param(lambda c: c.sendall(b"HTTP/1.1 400\r\n"), Outcome.BAD_ANSWER, id="http"),
        pytest.param(lambda c: c.sendall(b"x" * 9000), Outcome.BAD_ANSWER, id="no-line"),
        pytest.param(lambda c: c.sendall(b"220-x\r\n" * 500), Outcome.BAD_ANSWER, id="endless"),
        pytest.param(lambda c: c.sendall(b"554 go away\r\n"), Outcome.REJECTED, id="refuses"),
        pytest.param(lambda c: c.shutdown(2), Outcome.NO_CONNECTION, id="closes"),
    ],
)
def test_a_misbehaving_server_ends_within_the_deadline(listener, mailer, mail, talk, outcome):
    exchange = mailer.send(listener(talk), mail(), deadline=0.6)

    assert exchange.outcome == outcome, exchange.error
    assert exchange.duration < 5000
    assert exchange.error.endswith((".", "away", "mail server?"))
