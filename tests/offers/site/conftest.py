from __future__ import annotations

import offer_factories as make
import pytest
from django.core import mail
from django.test import Client

PASSWORD = "affiliate-password-1"  # noqa: S105, RUF100


@pytest.fixture
def mine(db):
    """The affiliate whose site it is."""
    return make.affiliate(name="Nordlicht Media", email="team@nordlicht.example")


@pytest.fixture
def anna(mine):
    return make.affiliate_user(
        mine, username="anna", email="anna@nordlicht.example", password=PASSWORD
    )


@pytest.fixture
def site(anna):
    """A browser of hers that is logged in."""
    client = Client()
    client.force_login(anna)
    return client


@pytest.fixture
def anonymous(db):
    return Client()


@pytest.fixture
def log_in():
    def log_in(client, name, password=PASSWORD, **more):
        values = {"username": name, "password": password} | more
        return client.post("/affiliates/login/", values)

    return log_in


@pytest.fixture
def sent(settings, monkeypatch):
    """Mails are sent at once instead of after the commit, by a thread."""
    settings.BASE_URL = "https://network.example"
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    monkeypatch.setattr("offers.notices.Thread", AtOnce)
    monkeypatch.setattr("offers.notices.transaction.on_commit", lambda tell: tell())
    return mail.outbox


class AtOnce:
    def __init__(self, *, target, args, name):
        self.start = lambda: target(*args)
