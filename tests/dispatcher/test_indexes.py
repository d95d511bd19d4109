"""Indexes of large tables are made and dropped while everything goes on, and again if need be."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import connection, migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState

from dispatcher.indexes import AddIndexQuietly, RemoveIndexQuietly

OURS = {"dispatcher", "postbacks", "offers", "notifications"}


def names():
    with connection.cursor() as cursor:
        return set(connection.introspection.get_constraints(cursor, "dispatcher_event"))


@pytest.mark.parametrize(
    "migration",
    [
        migration
        for (app, name), migration in sorted(MigrationLoader(None).disk_migrations.items())
        if app in OURS and not name.startswith("0001")
    ],
    ids=str,
)
def test_no_index_of_a_table_that_is_there_makes_anybody_wait(migration):
    made = {op.name_lower for op in migration.operations if isinstance(op, migrations.CreateModel)}
    for operation in migration.operations:
        if isinstance(operation, migrations.AddIndex | migrations.RemoveIndex):
            is_quiet = isinstance(operation, AddIndexQuietly | RemoveIndexQuietly)
            is_quiet = is_quiet and not migration.atomic
            assert is_quiet or operation.model_name_lower in made


@pytest.mark.django_db(transaction=True)
def test_an_index_can_be_dropped_and_made_as_often_as_one_likes():
    before = ProjectState.from_apps(apps)
    index = models.Index(fields=["emitter"], name="event_of_a_test")
    adding, removing = AddIndexQuietly("event", index), RemoveIndexQuietly("event", index.name)
    after = before.clone()
    adding.state_forwards("dispatcher", after)

    def run(operate, old, new):
        with connection.schema_editor(atomic=False) as editor:
            operate("dispatcher", editor, old, new)
        return index.name in names()

    assert run(adding.database_forwards, before, after)
    assert run(adding.database_forwards, before, after)
    assert not run(removing.database_forwards, after, before)
    assert not run(removing.database_forwards, after, before)
    assert run(removing.database_backwards, before, after)
    assert not run(adding.database_backwards, after, before)
