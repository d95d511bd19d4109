"""Connections to mail servers: kept for the next e-mail, and shared by nobody at a time."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

from mail_server import USER, login

from dispatcher.mail import Mailer
from dispatcher.types import Outcome


def test_a_connection_is_kept_for_the_next_email(smtp, mailer, mail):
    running = smtp()

    peers = [mailer.send(running.server(), mail(), deadline=5).body for _ in range(3)]

    assert len(running.box.messages) == 3
    assert len(running.box.sessions) == 1
    assert peers[0].count(b"ehlo") == 1
    assert b"ehlo" not in peers[1]


def test_a_kept_connection_that_was_closed_is_replaced_within_the_attempt(smtp, mailer, mail):
    running = smtp()
    server = running.server()
    mailer.send(server, mail(), deadline=5)
    running.box.replies[USER] = ["421 I was waiting for too long"]

    exchange = mailer.send(server, mail(), deadline=5)

    assert exchange.outcome == Outcome.DELIVERED, exchange.error
    assert len(running.box.sessions) == 2


def test_two_credentials_never_share_a_connection(smtp, mailer, mail, certificate):
    running = smtp(wants_login=True, tls=certificate.context)
    mailer.send(running.server(tls="starttls", **login()), mail(), deadline=5)

    other = running.server(tls="starttls", **login(password="wrong"))
    exchange = mailer.send(other, mail(), deadline=5)

    assert exchange.outcome == Outcome.CONFIGURATION_ERROR
    assert exchange.status == 535
    assert "user name or password" in exchange.error
    assert "wrong" not in exchange.error + exchange.body.decode()
    assert len(running.box.messages) == 1


def test_threads_do_not_share_a_connection_at_a_time(smtp, mailer, mail):
    running = smtp()
    server = running.server()

    with ThreadPoolExecutor(8) as pool:
        subjects = [f"Number {number}" for number in range(40)]
        sent = list(
            pool.map(lambda one: mailer.send(server, mail(subject=one), deadline=10), subjects)
        )

    assert {one.outcome for one in sent} == {Outcome.DELIVERED}
    assert sorted(one["Subject"] for one in running.box.messages) == sorted(subjects)
    assert len(running.box.sessions) <= 8


def test_a_forked_child_opens_a_connection_of_its_own(smtp, mailer, mail):
    running = smtp()
    server = running.server()
    mailer.send(server, mail(), deadline=5)

    child = os.fork()
    if child == 0:
        outcome = mailer.send(server, mail(subject="From the child"), deadline=5).outcome
        os._exit(0 if outcome == Outcome.DELIVERED else 1)
    _, status = os.waitpid(child, 0)
    exchange = mailer.send(server, mail(), deadline=5)

    assert status == 0
    assert exchange.outcome == Outcome.DELIVERED
    assert len(running.box.sessions) == 2


def test_idle_connections_are_closed_although_nothing_more_is_sent(smtp, loopback, mail):
    running = smtp()
    mailer = Mailer(loopback, ca_file="", idle_seconds=0.05)
    mailer.send(running.server(), mail(), deadline=5)

    mailer._sweeper.join(5)

    assert mailer._pool._count == 0
