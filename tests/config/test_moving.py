"""Everything of one database is moved to another: from SQLite to PostgreSQL, say."""

from __future__ import annotations

import io
import shutil

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from world import World

from config import moving
from dispatcher.models import Delivery
from postbacks.models import Customer

OTHER = "other"


@pytest.fixture(autouse=True)
def more_than_one(transactional_db, monkeypatch, django_db_blocker):
    """Django keeps tests off databases that are not in its settings."""
    monkeypatch.setattr(
        BaseDatabaseWrapper, "ensure_connection", django_db_blocker._real_ensure_connection
    )
    yield
    for alias in (OTHER, moving.OLD):
        if alias in connections.settings:
            forget(alias)


@pytest.fixture(scope="module")
def migrated(django_db_setup, django_db_blocker, tmp_path_factory):
    """A migrated, empty SQLite file."""
    path = tmp_path_factory.mktemp("migrated") / "db.sqlite3"
    with django_db_blocker.unblock():
        know(path)
        call_command("migrate", database=OTHER, verbosity=0)
        forget(OTHER)
    return path


@pytest.fixture
def other(more_than_one, migrated, tmp_path):
    """The address of a migrated, empty database beside the test's own."""
    path = shutil.copy(migrated, tmp_path / "other.sqlite3")
    know(path)
    return f"sqlite:///{path}"


def know(path):
    connections.settings[OTHER] = {
        **connections.settings["default"],
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": path,
        "OPTIONS": {},
    }


def forget(alias):
    connections[alias].close()
    del connections[alias]
    del connections.settings[alias]


def every_row(alias):
    """Label → the rows of each model, by primary key, as Python sees them."""
    return {
        model._meta.label: list(model._base_manager.using(alias).order_by("pk").values_list())
        for model in apps.get_models(include_auto_created=True)
        if model._meta.app_label not in moving.LEFT_BEHIND
    }


def move_back(url):
    call_command("flush", interactive=False, inhibit_post_migrate=True)
    call_command("move_from", url, stdout=io.StringIO())


def test_there_and_back_nothing_has_changed(other):
    World()
    before = every_row("default")
    assert before["dispatcher.Attempt"]
    assert before["notifications.Order"]

    moving.move(source="default", target=OTHER, report=lambda *_: None)
    there = every_row(OTHER)
    move_back(other)

    assert there == before
    assert every_row("default") == before


def test_new_rows_get_new_numbers_afterwards(other):
    World()
    last = Customer.objects.latest("pk").pk
    moving.move(source="default", target=OTHER, report=lambda *_: None)
    move_back(other)

    assert Customer.objects.create(name="Next", reference_id="next").pk > last


def test_a_database_in_use_is_not_written_over(other):
    User.objects.create(username="somebody")

    with pytest.raises(CommandError, match=r"not empty: it has rows of auth\.User"):
        call_command("move_from", other)


def test_a_database_of_another_version_is_refused(tmp_path):
    (tmp_path / "older.sqlite3").touch()

    with pytest.raises(CommandError, match="of the same version"):
        call_command("move_from", f"sqlite:///{tmp_path / 'older.sqlite3'}")


@pytest.mark.parametrize("url", ["nonsense", "mysql://host/name", "sqlite:////no/such/file"])
def test_an_address_that_leads_nowhere_is_refused(url):
    with pytest.raises(CommandError, match="old database"):
        call_command("move_from", url)


def test_with_other_keys_nothing_is_moved(other, settings):
    World()
    moving.move(source="default", target=OTHER, report=lambda *_: None)
    call_command("flush", interactive=False, inhibit_post_migrate=True)
    settings.ENCRYPTION_KEYS = ["K7gNU3sdo-OL0wNhqoVWhr3g6s1xYv72ol_pe_Unols="]

    with pytest.raises(CommandError, match="no key in ENCRYPTION_KEYS fits"):
        call_command("move_from", other, verbosity=0)

    assert not Delivery.objects.exists()
    assert not Customer.objects.exists()
