from __future__ import annotations

from ipaddress import ip_network

import mail_server
import pytest

from dispatcher.http import NetworkPolicy
from dispatcher.mail import Mailer, OutgoingMail


@pytest.fixture
def smtp():
    """Start mail servers; they are stopped after the test."""
    started = []

    def start(**options):
        started.append(mail_server.start(**options))
        return started[-1]

    yield start
    for one in started:
        one.controller.stop()


@pytest.fixture
def certificate(tmp_path):
    return mail_server.Certificate(tmp_path)


@pytest.fixture
def loopback():
    return NetworkPolicy((ip_network("127.0.0.0/8"),))


@pytest.fixture
def mailer(loopback, certificate):
    made = Mailer(loopback, ca_file=str(certificate.file))
    yield made
    made.close()


@pytest.fixture
def mail():
    """An e-mail; give what the test is about."""

    def make(**values):
        start = {
            "uid": "0190a1b2-0000-7000-8000-000000000001",
            "subject": "Your order",
            "to": ("you@there.example",),
            "text": "It is on its way.",
        }
        return OutgoingMail(**start | values)

    return make
