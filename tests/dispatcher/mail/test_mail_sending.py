"""E-mails to a real mail server on this machine."""

from __future__ import annotations

import base64
import socket

import pytest
from mail_server import PASSWORD, USER, login

from dispatcher.http import NetworkPolicy
from dispatcher.mail import Mailer, MailServer, Tls, check_address
from dispatcher.types import Outcome


def test_text_and_html_arrive_with_everyone_named_but_the_hidden(smtp, mailer, mail):
    running = smtp()

    exchange = mailer.send(
        running.server(),
        mail(
            html="<p>It is on its way.</p>",
            subject="Bestellung für Zoë",
            cc=("copy@there.example",),
            bcc=("hidden@there.example",),
            reply_to=("help@here.example",),
        ),
        deadline=5,
    )

    (message,) = running.box.messages
    assert (exchange.outcome, exchange.status, exchange.error) == (Outcome.DELIVERED, 250, "")
    assert message["Subject"] == "Bestellung für Zoë"
    assert message["From"] == "The shop <shop@here.example>"
    assert message["To"] == "you@there.example"
    assert message["Cc"] == "copy@there.example"
    assert message["Reply-To"] == "help@here.example"
    assert message["Message-ID"] == "<0190a1b2-0000-7000-8000-000000000001@here.example>"
    assert message["webhook-id"] == "0190a1b2-0000-7000-8000-000000000001"
    assert "hidden" not in running.box.envelopes[0].content.decode()
    assert running.box.envelopes[0].rcpt_tos == [
        "you@there.example", "copy@there.example", "hidden@there.example",
    ]  # fmt: skip
    assert message.get_body(("plain",)).get_content().strip() == "It is on its way."
    assert message.get_body(("html",)).get_content().strip() == "<p>It is on its way.</p>"


def test_an_email_may_be_of_html_alone(smtp, mailer, mail):
    running = smtp()

    mailer.send(running.server(), mail(text="", html="<b>Hi</b>"), deadline=5)

    assert running.box.messages[0].get_content_type() == "text/html"


@pytest.mark.parametrize("mode", ["starttls", "tls"])
def test_the_way_is_secured_before_the_password_is_said(smtp, mailer, mail, certificate, mode):
    context = certificate.context
    running = smtp(
        wants_login=True,
        tls=context if mode == "starttls" else None,
        implicit_tls=context if mode == "tls" else None,
    )

    exchange = mailer.send(running.server(tls=mode, **login()), mail(), deadline=5)

    assert exchange.outcome == Outcome.DELIVERED, exchange.error
    assert len(running.box.messages) == 1
    assert {"connect", "tls"} <= set(exchange.phases)


def test_the_conversation_is_kept_without_the_password(smtp, mailer, mail, certificate):
    running = smtp(wants_login=True, tls=certificate.context)

    exchange = mailer.send(running.server(tls="starttls", **login()), mail(), deadline=5)

    text = exchange.body.decode()
    assert "C: STARTTLS" in text
    assert "C: AUTH" in text
    assert "S: 250 queued as 42" in text
    assert PASSWORD not in text
    for secret in (PASSWORD, f"\0{USER}\0{PASSWORD}"):
        assert base64.b64encode(secret.encode()).decode() not in text


@pytest.mark.parametrize(
    ("reply", "status"),
    [
        pytest.param("550 no such user", 550, id="for-good"),
        pytest.param("450 mailbox busy", 450, id="for-now"),
    ],
)
def test_a_refused_recipient_is_a_rejection_with_its_code(smtp, mailer, mail, reply, status):
    running = smtp()
    running.box.replies["you@there.example"] = reply

    exchange = mailer.send(running.server(), mail(), deadline=5)

    assert (exchange.outcome, exchange.status) == (Outcome.REJECTED, status)
    assert f"you@there.example: {reply}" in exchange.error
    assert running.box.messages == []


def test_who_is_refused_for_good_is_named_and_the_others_get_it(smtp, mailer, mail):
    running = smtp()
    running.box.replies["gone@there.example"] = "550 no such user"

    exchange = mailer.send(running.server(), mail(cc=("gone@there.example",)), deadline=5)

    assert exchange.outcome == Outcome.DELIVERED
    assert "gone@there.example: 550 no such user" in exchange.error
    assert running.box.envelopes[0].rcpt_tos == ["you@there.example"]


@pytest.mark.parametrize(("may_wait", "arrived"), [(True, 0), (False, 1)])
def test_nobody_gets_it_twice_because_one_is_put_off(smtp, mailer, mail, may_wait, arrived):
    running = smtp()
    running.box.replies["busy@there.example"] = "451 later"

    exchange = mailer.send(
        running.server(), mail(cc=("busy@there.example",)), deadline=5, may_wait=may_wait
    )

    assert len(running.box.messages) == arrived
    assert exchange.outcome == (Outcome.DELIVERED if arrived else Outcome.REJECTED)
    assert "busy@there.example: 451 later" in exchange.error


def test_a_refused_sender_and_a_refused_message_say_so(smtp, mailer, mail):
    running = smtp()
    running.box.replies[USER] = ["553 not yours"]
    running.box.data_replies.append("554 looks like spam")

    sender = mailer.send(running.server(), mail(), deadline=5)
    message = mailer.send(running.server(), mail(), deadline=5)

    assert (sender.outcome, sender.status) == (Outcome.REJECTED, 553)
    assert "refused the sender shop@here.example: 553 not yours" in sender.error
    assert (message.outcome, message.status) == (Outcome.REJECTED, 554)


@pytest.mark.parametrize(
    "subject", ["A\r\nBcc: victim@there.example", "A\nX: y", "A\rB", "A\r\n\r\nbody"]
)
def test_a_line_break_in_a_subject_never_makes_a_header(smtp, mailer, mail, subject):
    running = smtp()

    exchange = mailer.send(running.server(), mail(subject=subject), deadline=5)

    assert exchange.outcome == Outcome.CONFIGURATION_ERROR
    assert running.box.messages == []


@pytest.mark.parametrize(
    "address",
    [
        "you@there.example\r\nRCPT TO:<victim@there.example>",
        "you@there.example>\r\nDATA",
        '"a b"@there.example',
        "you@there.example, victim@there.example",
        "You <you@there.example>",
        "you@localhost,x",
        "<you@there.example>",
        "zoë@there.example",
        "",
    ],
)
def test_an_address_that_is_not_plain_is_refused(address):
    assert check_address(address)


@pytest.mark.parametrize(
    "address", ["you+tag@there.example", "o'neil@bücher.example", "a.b@x.y.example"]
)
def test_a_plain_address_is_good(address):
    assert check_address(address) is None


def test_a_body_cannot_end_the_message_early(smtp, mailer, mail):
    running = smtp()
    text = "one\r\n.\r\nMAIL FROM:<x@y.example>\r\n..two\n"

    mailer.send(running.server(), mail(text=text), deadline=5)

    (message,) = running.box.messages
    assert message.get_content().splitlines() == ["one", ".", "MAIL FROM:<x@y.example>", "..two"]


def test_a_server_in_a_forbidden_network_is_never_dialled(monkeypatch, mail):
    def dialled(*_):
        pytest.fail("dialled")

    monkeypatch.setattr(socket.socket, "connect", dialled)
    mailer = Mailer(NetworkPolicy())
    server = MailServer(host="127.0.0.1", port=25, tls=Tls.NONE.value, sender=USER)

    exchange = mailer.send(server, mail(), deadline=5)

    assert exchange.outcome == Outcome.BLOCKED_ADDRESS
