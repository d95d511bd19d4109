"""E-mails through the engine, to a real mail server."""

from __future__ import annotations

import json
import threading
from uuid import uuid4

import mail_server
import pytest

from dispatcher import mail, services
from dispatcher.mail import servers
from dispatcher.models import Delivery
from dispatcher.services import resend
from dispatcher.transports import transport

TEMPLATES = {
    "subject": ("text", "Order {{ orderId }}"),
    "text": ("text", "Hello {{ name }}, it is on its way."),
    "html": ("html", "<p>Hello {{ name }}</p>"),
}


@pytest.fixture
def smtp(settings):
    settings.ALLOWED_NETWORKS = ["127.0.0.0/8"]
    running = mail_server.start()
    yield running
    running.controller.stop()


@pytest.fixture(autouse=True)
def fresh_mailer(smtp, monkeypatch):
    monkeypatch.setattr(servers, "_providers", [])
    mail.register_servers(lambda owners: {owner: smtp.server() for owner in owners})
    yield
    email = transport("email")
    email.mailer.close()
    del email.mailer  # the next test may allow other networks


@pytest.fixture
def writer(db, smtp, sender_class):
    """Make a rule that sends e-mails."""

    def make(*, delays=(), templates=TEMPLATES, **people):
        spec = {
            "to": ["you@there.example"], "cc": [], "bcc": [], "reply_to": [], "deadline": 5.0,
            "templates": [
                {"part": part, "format": kind, "source": source}
                for part, (kind, source) in templates.items()
            ],
        }  # fmt: skip
        rule = services.create_rule(kind="trigger", name=f"Rule {uuid4().hex[:6]}")
        route = services.save_route(
            rule=rule,
            transport="email",
            destination=smtp.server().key,
            spec=spec | people,
            retry_policy={"delays": list(delays), "statuses": list(range(400, 500))},
        )
        return sender_class(rule, route)

    return make


def payload(**values):
    return json.dumps({"orderId": "PO-1", "name": "Zoë"} | values)


def test_an_event_arrives_as_text_and_html(smtp, writer, run_pass):
    delivery = writer(cc=["copy@there.example"], bcc=["hidden@there.example"]).emit(
        payload=payload()
    )

    run_pass()

    delivery.refresh_from_db()
    (message,) = smtp.box.messages
    attempt = delivery.attempts.get()
    assert delivery.state == Delivery.State.DELIVERED
    assert message["Subject"] == "Order PO-1"
    assert message["Message-ID"] == f"<{delivery.uid}@here.example>"
    assert message.get_body(("plain",)).get_content().strip() == "Hello Zoë, it is on its way."
    assert message.get_body(("html",)).get_content().strip() == "<p>Hello Zoë</p>"
    assert len(smtp.box.envelopes[0].rcpt_tos) == 3
    assert attempt.status == 250
    assert "S: 250 queued as 42" in attempt.body


def test_the_request_is_frozen_with_everything_but_the_sender(writer, run_pass):
    delivery = writer(bcc=["hidden@there.example"]).emit(payload=payload())

    run_pass()

    frozen = delivery.request
    assert (frozen.method, frozen.url) == ("EMAIL", "mailto:you@there.example")
    assert json.loads(frozen.headers) == [
        ["Subject", "Order PO-1"], ["To", "you@there.example"], ["Bcc", "hidden@there.example"],
    ]  # fmt: skip
    assert json.loads(frozen.body) == {
        "text": "Hello Zoë, it is on its way.", "html": "<p>Hello Zoë</p>",
    }  # fmt: skip


@pytest.mark.parametrize(
    "hostile",
    [
        "PO-1\r\nBcc: victim@there.example",
        "PO-1\n\nbody",
        "PO-1\u2028Bcc: victim@there.example",
        "\0PO-1\x0b",
        "PO-1\r\n.\r\nRCPT TO:<victim@there.example>",
    ],
)
def test_a_payload_value_cannot_make_a_header_or_a_recipient(smtp, writer, run_pass, hostile):
    writer().emit(payload=payload(orderId=hostile, name=hostile))

    run_pass()

    (message,) = smtp.box.messages
    assert message["Bcc"] is None
    assert "PO-1" in message["Subject"]
    assert smtp.box.envelopes[0].rcpt_tos == ["you@there.example"]


def test_markup_in_a_value_stays_text_in_html(smtp, writer, run_pass):
    writer().emit(payload=payload(name="<script>alert(1)</script>"))

    run_pass()

    html = smtp.box.messages[0].get_body(("html",)).get_content()
    assert "<script>" not in html


def test_what_is_put_off_is_tried_again_and_what_is_refused_is_not(smtp, writer, run_pass):
    smtp.box.replies["you@there.example"] = ["451 later"]
    put_off = writer(delays=[0]).emit(payload=payload())
    refused = writer(delays=[0], to=["gone@there.example"])
    smtp.box.replies["gone@there.example"] = "550 no such user"
    refused = refused.emit(payload=payload())

    run_pass(linger=1, poll=0.1)

    put_off.refresh_from_db()
    refused.refresh_from_db()
    assert [one.status for one in put_off.attempts.order_by("number")] == [451, 250]
    assert put_off.state == Delivery.State.DELIVERED
    assert [one.status for one in refused.attempts.all()] == [550]
    assert (refused.state, refused.outcome) == (Delivery.State.FAILED, "rejected")


def test_without_a_server_it_fails_and_says_what_to_do(writer, run_pass, monkeypatch):
    monkeypatch.setattr(servers, "_providers", [])
    delivery = writer().emit(payload=payload())

    run_pass()

    attempt = delivery.attempts.get()
    assert attempt.outcome == "configuration_error"
    assert "Add one under Outgoing servers" in attempt.error


def test_the_environments_server_is_used_where_no_other_is(
    smtp, writer, run_pass, monkeypatch, settings
):
    monkeypatch.setattr(servers, "_providers", [])
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", smtp.port
    settings.DEFAULT_FROM_EMAIL = "environment@here.example"
    writer().emit(payload=payload())

    run_pass()

    assert smtp.box.messages[0]["From"] == "environment@here.example"


def test_each_owner_has_its_own_server(smtp, writer, run_pass, monkeypatch):
    monkeypatch.setattr(servers, "_providers", [])
    by_owner = {
        f"customer:{number}": smtp.server(sender=f"from-{number}@here.example")
        for number in (1, 2)
    }  # fmt: skip
    mail.register_servers(lambda owners: {o: by_owner[o] for o in owners if o in by_owner})
    sender = writer()
    sender.emit(order="A", payload=payload(), owner="customer:1")
    sender.emit(order="B", payload=payload(), owner="customer:2")

    run_pass()

    senders = {message["From"] for message in smtp.box.messages}
    assert senders == {"The shop <from-1@here.example>", "The shop <from-2@here.example>"}


def test_a_resend_repeats_the_message_id(smtp, writer, run_pass):
    delivery = writer().emit(payload=payload())
    run_pass()
    delivery.refresh_from_db()

    resend(delivery)
    run_pass()

    first, second = smtp.box.messages
    assert first["Message-ID"] == second["Message-ID"]


def test_servers_are_asked_for_with_the_claim_and_never_by_a_sending_thread(
    smtp, writer, run_pass, monkeypatch
):
    asked = []

    def provide(owners):
        asked.append(threading.current_thread())
        return {owner: smtp.server() for owner in owners}

    monkeypatch.setattr(servers, "_providers", [provide])
    sender = writer()
    for number in range(20):
        sender.emit(order=f"PO-{number}", payload=payload())

    run_pass()

    assert len(smtp.box.messages) == 20
    assert set(asked) == {threading.main_thread()}
    assert len(asked) < 20
