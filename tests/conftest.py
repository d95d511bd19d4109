"""What every test stands on: a database of this run's own, and no way off this machine."""

from __future__ import annotations

import socket
from datetime import timedelta
from ipaddress import ip_address

import factories
import pytest
from django.conf import settings as django_settings

from dispatcher import sql

INTERNET = (socket.AF_INET, socket.AF_INET6)


def pytest_configure():
    if not django_settings._wrapped.SECRET_KEY:
        django_settings.SECRET_KEY = "tests-only-" + "0123456789" * 5
    django_settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    # Each test client starts the middleware anew: files are looked for when they are asked for.
    django_settings.WHITENOISE_AUTOREFRESH = True
    django_settings.WHITENOISE_MAX_AGE = 3600  # a browser asks for each once, not on every page


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix, tmp_path_factory):
    """On SQLite a file of this process's own, so that two runs at once do not meet."""
    database = django_settings.DATABASES["default"]
    if database["ENGINE"].endswith("sqlite3"):
        path = tmp_path_factory.mktemp("database") / "test.sqlite3"
        database.setdefault("TEST", {})["NAME"] = str(path)


@pytest.fixture(autouse=True)
def own_clock(monkeypatch):
    """What one test learned of the database's clock, maybe with its own moved, it keeps."""
    monkeypatch.setattr(sql, "_ahead", timedelta())


@pytest.fixture(autouse=True)
def nothing_dialled(monkeypatch):
    """A connection to anywhere but this machine is refused, and fails the test."""
    strangers = []

    def guard(original):
        def connect(self, address, *rest):
            if self.family in INTERNET and not is_here(address[0]):
                strangers.append(address)
                raise ConnectionRefusedError(f"A test dialled {address}.")
            return original(self, address, *rest)

        return connect

    for name in ("connect", "connect_ex"):
        monkeypatch.setattr(socket.socket, name, guard(getattr(socket.socket, name)))
    yield
    assert not strangers, "The test dialled an address off this machine."


def is_here(host):
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@pytest.fixture
def operator(db):
    return factories.operator()


@pytest.fixture
def console(client, operator):
    """A browser in which an operator has logged in."""
    client.force_login(operator)
    return client
