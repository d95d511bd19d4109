"""Pages for outgoing servers, e-mail templates, and triggers that write to people."""

from __future__ import annotations

import factories
import mail_server
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from postbacks.models import OutgoingServer, Template, Trigger

pytestmark = pytest.mark.django_db

SCRIPT = "<script>alert(1)</script>"


def page(name, *args):
    return reverse(f"admin:postbacks_{name}", args=args)


@pytest.fixture
def rows():
    customer = factories.customer(name=f"{SCRIPT} customer")
    server = factories.outgoing_server(
        customer=customer, sender_name=SCRIPT, username="shop", password="correct-horse"
    )
    template = factories.email_template(name=SCRIPT, html=SCRIPT, subject=SCRIPT)
    trigger = factories.email_trigger(name=SCRIPT, template=template, customer=customer)
    return server, template, trigger


def test_every_page_opens_without_markup_or_secret_in_few_statements(console, rows):
    server, template, trigger = rows
    pages = [
        page("outgoingserver_changelist"), page("outgoingserver_add"),
        page("outgoingserver_change", server.pk), page("outgoingserver_test", server.pk),
        page("outgoingserver_history", server.pk), page("outgoingserver_delete", server.pk),
        page("template_changelist"), page("template_add") + "?kind=email",
        page("template_change", template.pk), page("template_versions", template.pk),
        page("trigger_changelist"), page("trigger_change", trigger.pk),
        page("trigger_test", trigger.pk),
    ]  # fmt: skip

    for address in pages:
        with CaptureQueriesContext(connection) as statements:
            answer = console.get(address)
        text = answer.content.decode()
        assert answer.status_code == 200, address
        assert SCRIPT not in text, address
        assert "correct-horse" not in text, address
        assert len(statements) <= 15, address


def test_a_server_is_entered_and_its_password_never_shown(console):
    form = {
        "sender_address": "shop@here.example", "sender_name": "The shop", "customer": "",
        "host": "Mail.Here.Example", "port": "587", "tls": "starttls", "username": "shop",
        "new_password": "correct-horse",
    }  # fmt: skip

    answer = console.post(page("outgoingserver_add"), form, follow=True)
    server = OutgoingServer.objects.get()
    console.post(page("outgoingserver_change", server.pk), form | {"new_password": ""})

    assert answer.status_code == 200
    assert (server.host, server.password) == ("mail.here.example", "correct-horse")
    assert OutgoingServer.objects.get().password == "correct-horse"


def test_a_password_that_has_to_be_entered_again_is_asked_for_at_its_field(console):
    server = factories.outgoing_server(username="shop", password="correct-horse")
    form = {
        "sender_address": server.sender_address, "sender_name": "", "customer": "",
        "host": "other.example", "port": "587", "tls": "starttls", "username": "shop",
        "new_password": "",
    }  # fmt: skip

    answer = console.post(page("outgoingserver_change", server.pk), form)

    errors = answer.context["adminform"].form.errors
    assert "Enter the password again" in errors["new_password"][0]


def test_the_test_shows_the_failed_step_and_the_remedy(console, settings):
    settings.ALLOWED_NETWORKS = ["127.0.0.0/8"]
    running = mail_server.start()
    server = factories.outgoing_server(host="127.0.0.1", port=running.port, tls="starttls")
    try:
        answer = console.post(
            page("outgoingserver_test", server.pk), {"recipient": "you@there.example"}
        )
    finally:
        running.controller.stop()

    text = answer.content.decode()
    assert "It does not work yet" in text
    assert "does not offer STARTTLS" in text
    assert "What to do:" in text


def test_the_test_speaks_to_the_network_in_no_transaction(console, monkeypatch):
    seen = []

    def look(*_, **__):
        seen.append(len(connection.savepoint_ids))
        raise AssertionError

    monkeypatch.setattr("dispatcher.mail.try_server", look)
    server = factories.outgoing_server()
    before = len(connection.savepoint_ids)

    with pytest.raises(AssertionError):
        console.post(page("outgoingserver_test", server.pk), {"recipient": "you@there.example"})

    assert seen == [before]


def test_an_email_template_is_written_on_its_own_form(console):
    form = {
        "name": "Mail", "customer": "", "event": "order_shipped", "status": "active",
        "subject": "Order {{ orderId }}", "text": "Hello", "html": "", "sample": "",
    }  # fmt: skip

    console.post(page("template_add") + "?kind=email", form)

    template = Template.objects.get()
    assert (template.kind, template.subject) == ("email", "Order {{ orderId }}")


def test_the_preview_gives_each_part(console):
    texts = {"subject": "{{ orderReferenceId }}", "text": "a", "html": "<b>{{ x }}</b>"}

    answer = console.post(page("template_preview"), {"kind": "email", **texts}).json()

    assert answer["outputs"] == {"subject": "PO-1001", "text": "a", "html": "<b></b>"}
    assert answer["warnings"][0]["part"] == "html"


@pytest.mark.parametrize("address", ["", "nobody", "a@there.example, nobody"])
def test_a_test_by_hand_asks_for_an_address(console, address):
    texts = {"subject": "Hello", "text": "a", "html": ""}

    answer = console.post(
        page("template_test"), {"kind": "email", "test_address": address, **texts}
    ).json()

    assert "address" in answer["problems"][0]


def test_an_email_is_not_tested_by_a_trigger_that_sends_requests(console):
    form = {"kind": "email", "subject": "Hello", "text": "a", "html": ""}
    trigger = factories.trigger()

    answer = console.post(page("template_test"), form | {"test_trigger": trigger.pk}).json()

    assert "sends something else" in answer["problems"][0]


def test_the_trigger_form_takes_recipients(console, rows):
    form = {
        "name": "Mail", "customer": "", "event": "order_shipped", "status": "draft",
        "method_kind": "email", "to": "a@there.example b@there.example", "cc": "", "bcc": "",
        "reply_to": "", "url": "", "http_method": "POST", "format": "json", "template": "",
        "headers-present": "1",
    }  # fmt: skip

    console.post(page("trigger_add"), form)

    assert Trigger.objects.get(name="Mail").to == "a@there.example, b@there.example"
