"""E-mails to affiliates: by which server, to whom, and what happens where none can be sent."""

from __future__ import annotations

import factories
import mail_server
import offer_factories as make
import pytest
from django.core import mail
from structlog.testing import capture_logs

from offers import notices
from offers.services.invitations import invite_user

pytestmark = pytest.mark.django_db

NOWHERE = "django.core.mail.backends.dummy.EmailBackend"


@pytest.fixture(autouse=True)
def _at_once(monkeypatch):
    monkeypatch.setattr(notices, "_start", notices._send)
    monkeypatch.setattr(notices.transaction, "on_commit", lambda tell: tell())


@pytest.fixture
def smtp():
    started = mail_server.start()
    yield started
    started.controller.stop()


@pytest.mark.parametrize(
    ("environment", "can_tell"),
    [
        pytest.param({"EMAIL_BACKEND": NOWHERE}, False, id="nothing-set-up"),
        pytest.param(
            {"EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend"},
            False,
            id="a-server-without-a-name",
        ),
        pytest.param({"EMAIL_BACKEND": NOWHERE, "EMAIL_HOST": "mail.example"}, True, id="a-server"),
        pytest.param(
            {"EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend"},
            True,
            id="to-the-console",
        ),
    ],
)
def test_mail_can_be_sent_where_the_environment_names_a_way(settings, environment, can_tell):
    settings.EMAIL_HOST = ""
    for name, value in environment.items():
        setattr(settings, name, value)

    assert notices.can_tell() is can_tell


def test_without_one_it_is_sent_by_the_operators_default_server(settings, smtp):
    settings.EMAIL_BACKEND, settings.EMAIL_HOST = NOWHERE, ""
    settings.ALLOWED_NETWORKS = ["127.0.0.0/8"]
    factories.outgoing_server(host="127.0.0.1", port=smtp.port, tls="none")

    invite_user(affiliate=make.affiliate(), email="anna@example.com")

    (message,) = smtp.box.messages
    assert (message["To"], message["From"]) == ("anna@example.com", "The shop <shop@here.example>")
    assert "/affiliates/password/" in message.get_content()


def test_without_any_it_is_logged_and_nothing_breaks(settings):
    settings.EMAIL_BACKEND, settings.EMAIL_HOST = NOWHERE, ""

    with capture_logs() as lines:
        notices.tell(["anna@example.com"], "Postback 7 was paused", "It failed.")

    assert [line["event"] for line in lines] == ["offers_notice_without_mail_server"]


def test_a_server_that_refuses_is_logged(settings, smtp):
    settings.EMAIL_BACKEND, settings.EMAIL_HOST = NOWHERE, ""
    settings.ALLOWED_NETWORKS = ["127.0.0.0/8"]
    factories.outgoing_server(host="127.0.0.1", port=smtp.port, tls="none")
    smtp.box.replies["anna@example.com"] = "550 Nobody of this name"

    with capture_logs() as lines:
        notices.tell(["anna@example.com"], "Postback 7 was paused", "It failed.")

    assert [line["event"] for line in lines] == ["offers_notice_not_sent"]
    assert "550" in lines[0]["error"]


def test_an_affiliate_without_an_address_is_told_by_those_who_log_in(settings):
    affiliate = make.affiliate()
    make.affiliate_user(affiliate, email="anna@nordlicht.example")
    make.affiliate_user(affiliate, email="gone@nordlicht.example", is_active=False)
    make.affiliate_user(affiliate, email="")
    postback = make.postback(affiliate=affiliate)

    notices.tell_of_pause(postback, reason="It failed.")

    assert [one.to for one in mail.outbox] == [["anna@nordlicht.example"]]
