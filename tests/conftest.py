"""What every test stands on: a database of this run's own, and no way off this machine."""

from __future__ import annotations

import os
import socket
import time
import uuid
from datetime import timedelta
from ipaddress import ip_address
from types import SimpleNamespace

import factories
import pytest
from django.conf import settings as django_settings
from django.core.cache import caches
from django_q.conf import Conf
from redis import ConnectionError as RedisConnectionError
from redis import Redis

from dispatcher import sql
from dispatcher.api import throttling

INTERNET = (socket.AF_INET, socket.AF_INET6)
RUN = f"tests-{uuid.uuid4().hex[:12]}"


def pytest_configure():
    if not django_settings._wrapped.SECRET_KEY:
        django_settings.SECRET_KEY = "tests-only-" + "0123456789" * 5
    django_settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    # Each test client starts the middleware anew: files are looked for when they are asked for.
    django_settings.WHITENOISE_AUTOREFRESH = True
    django_settings.WHITENOISE_MAX_AGE = 3600  # a browser asks for each once, not on every page
    use_names_of_our_own()


def use_names_of_our_own():
    """What this process and those that it starts keep in Redis is theirs alone."""
    os.environ["QUEUE_NAME"] = django_settings.QUEUE_NAME = RUN
    Conf.PREFIX = Conf.CLUSTER_NAME = RUN
    options = django_settings.CACHES["default"].get("OPTIONS", {})
    for wait in options:
        options[wait] = 30  # how long Redis takes on a busy machine is no test's subject


def pytest_unconfigure():
    if django_settings.REDIS_URL:
        with Redis.from_url(django_settings.REDIS_URL) as redis:
            for key in redis.scan_iter(match=f"*{RUN}*", count=10_000):
                redis.delete(key)


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
def own_cache(monkeypatch):
    """A cache in which no other test has left anything; emptying Redis would empty all others'."""
    prefix = f"{RUN}-{uuid.uuid4().hex[:12]}"
    monkeypatch.setitem(django_settings.CACHES["default"], "KEY_PREFIX", prefix)  # other threads'
    monkeypatch.setattr(caches["default"], "key_prefix", prefix)
    throttling.forget()


@pytest.fixture
def clock(monkeypatch):
    """The clock that rates are counted by; it stands still until it is moved."""

    class Clock:
        now = 1_000_000.0

    still = SimpleNamespace(time=lambda: Clock.now, monotonic=time.monotonic)
    monkeypatch.setattr(throttling, "time", still)
    return Clock


@pytest.fixture
def no_cache(monkeypatch):
    """A cache that is down, as a list of what it was asked."""
    asked = []

    def down(*args, **kwargs):
        asked.append(args)
        raise RedisConnectionError

    for name in ("add", "delete", "get", "incr", "set"):
        monkeypatch.setattr(caches["default"], name, down)
    return asked


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
