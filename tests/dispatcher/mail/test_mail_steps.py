"""Trying a server: each failure names its step and what to do."""

from __future__ import annotations

import socket

import mail_server
import pytest
from mail_server import PASSWORD, USER

from dispatcher.http import NetworkPolicy
from dispatcher.mail import try_server


@pytest.fixture
def attempt(loopback, certificate):
    """Try a server; returns the result and its failed step."""

    def run(server, **options):
        options = {"policy": loopback, "ca_file": str(certificate.file), "seconds": 5} | options
        tried = try_server(server, "you@there.example", **options)
        return tried, next((step for step in tried.steps if step.state == "failed"), None)

    return run


def states(tried):
    return {step.name: step.state for step in tried.steps}


def test_a_good_server_passes_each_step_and_the_email_arrives(smtp, attempt, certificate):
    running = smtp(wants_login=True, tls=certificate.context)

    tried, failed = attempt(running.server(tls="starttls", username=USER, password=PASSWORD))

    assert failed is None
    assert tried.ok
    assert set(states(tried).values()) == {"ok"}
    assert running.box.messages[0]["To"] == "you@there.example"
    assert PASSWORD not in tried.conversation


def test_steps_that_are_not_asked_for_are_skipped(smtp, attempt):
    tried, _ = attempt(smtp().server())

    assert tried.ok
    assert states(tried) == {
        "resolve": "ok", "connect": "ok", "tls": "skipped", "login": "skipped", "send": "ok",
    }  # fmt: skip


def test_a_wrong_host_fails_at_finding_it(smtp, attempt, monkeypatch):
    def unknown(*_, **__):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    server = smtp().server(host="nowhere.example")
    with monkeypatch.context() as patched:
        patched.setattr(socket, "getaddrinfo", unknown)
        tried, failed = attempt(server)

    assert failed.name == "resolve"
    assert "spelling" in failed.remedy
    assert states(tried)["connect"] == "waiting"


def test_a_forbidden_network_fails_at_finding_it(smtp, attempt):
    _, failed = attempt(smtp().server(), policy=NetworkPolicy())

    assert failed.name == "resolve"
    assert "ALLOWED_NETWORKS" in failed.remedy


def test_a_closed_port_fails_at_connecting(attempt, smtp):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]

    _, failed = attempt(smtp().server(port=port))

    assert failed.name == "connect"
    assert "Nothing listens on port" in failed.remedy


def test_tls_from_the_first_byte_at_a_plain_port(smtp, attempt):
    _, failed = attempt(smtp().server(tls="tls"))

    assert failed.name == "tls"
    assert "Choose STARTTLS" in failed.remedy


def test_plain_at_a_port_that_wants_tls_from_the_first_byte(smtp, attempt, certificate):
    running = smtp(implicit_tls=certificate.context)

    _, failed = attempt(running.server(tls="starttls"), seconds=0.8)

    assert failed.name == "connect"
    assert "expect TLS from the first byte" in failed.remedy


def test_starttls_where_there_is_none(smtp, attempt):
    _, failed = attempt(smtp().server(tls="starttls"))

    assert failed.name == "tls"
    assert "TLS from the first byte" in failed.remedy


def test_no_tls_where_it_is_required(smtp, attempt, certificate):
    running = smtp(tls=certificate.context, require_starttls=True)

    _, failed = attempt(running.server())

    assert failed.name == "send"
    assert "choose STARTTLS" in failed.remedy


@pytest.mark.parametrize("mode", ["starttls", "tls"])
@pytest.mark.parametrize("flaw", ["stranger", "other-name"])
def test_a_bad_certificate(smtp, attempt, tmp_path, certificate, mode, flaw):
    other = mail_server.Certificate(tmp_path, ip="127.0.0.9")
    running = smtp(
        tls=other.context if mode == "starttls" else None,
        implicit_tls=other.context if mode == "tls" else None,
    )
    trusted = certificate if flaw == "stranger" else other

    _, failed = attempt(running.server(tls=mode), ca_file=str(trusted.file))

    assert failed.name == "tls"
    assert "certificate is not valid" in failed.message
    assert "CA_FILE" in failed.remedy


def test_a_bad_password_fails_at_logging_in(smtp, attempt, certificate):
    running = smtp(wants_login=True, tls=certificate.context)

    tried, failed = attempt(running.server(tls="starttls", username=USER, password="wrong-one"))

    assert failed.name == "login"
    assert "app password" in failed.remedy
    assert "wrong-one" not in failed.message + tried.conversation


def test_a_login_that_the_server_does_not_offer(smtp, attempt):
    _, failed = attempt(smtp().server(username=USER, password=PASSWORD))

    assert failed.name == "login"
    assert "choose STARTTLS" in failed.remedy


def test_a_refused_sender_fails_at_sending(smtp, attempt):
    running = smtp()
    running.box.replies[USER] = "553 sender not owned by you"

    _, failed = attempt(running.server())

    assert failed.name == "send"
    assert "553 sender not owned by you" in failed.message
    assert "sender address that this server may send from" in failed.remedy


def test_a_refused_recipient_fails_at_sending(smtp, attempt):
    running = smtp()
    running.box.replies["you@there.example"] = "550 relaying denied"

    _, failed = attempt(running.server())

    assert failed.name == "send"
    assert "Try another address" in failed.remedy
