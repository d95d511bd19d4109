"""Indexes on tables that have millions of rows: one made for equality, and how to add any."""

from __future__ import annotations

from typing import Any

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.backends.ddl_references import Statement
from django.db.migrations.state import ProjectState


class EqualityIndex(models.Index):
    """Finds texts of any length by the whole text: a hash on PostgreSQL, four bytes a row."""

    def create_sql(
        self,
        model: type[models.Model],
        schema_editor: BaseDatabaseSchemaEditor,
        using: str = "",
        **kwargs: Any,
    ) -> Statement:
        is_postgresql = schema_editor.connection.vendor == "postgresql"
        chosen = " USING hash" if is_postgresql else using
        return super().create_sql(model, schema_editor, using=chosen, **kwargs)


class AddIndexQuietly(migrations.AddIndex):
    """AddIndex that stops no writer on PostgreSQL; for migrations with `atomic = False`.

    What an interrupted try has left is removed first, so that the migration can be repeated.
    """

    atomic = False

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        name = schema_editor.quote_name(self.index.name)
        if schema_editor.connection.vendor != "postgresql":
            schema_editor.execute(f"DROP INDEX IF EXISTS {name}")
            super().database_forwards(app_label, schema_editor, from_state, to_state)
            return
        model = to_state.apps.get_model(app_label, self.model_name)
        if self.allow_migrate_model(schema_editor.connection.alias, model):
            schema_editor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
            schema_editor.add_index(model, self.index, concurrently=True)  # type: ignore[call-arg]

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        if schema_editor.connection.vendor != "postgresql":
            super().database_backwards(app_label, schema_editor, from_state, to_state)
            return
        model = from_state.apps.get_model(app_label, self.model_name)
        if self.allow_migrate_model(schema_editor.connection.alias, model):
            schema_editor.remove_index(model, self.index, concurrently=True)  # type: ignore[call-arg]


class RemoveIndexQuietly(migrations.RemoveIndex):
    """RemoveIndex for which nobody waits on PostgreSQL; for migrations with `atomic = False`.

    A plain one waits for the longest reader, and everybody else for it. Can be repeated.
    """

    atomic = False

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        model = from_state.apps.get_model(app_label, self.model_name)
        if self.allow_migrate_model(schema_editor.connection.alias, model):
            quietly = "CONCURRENTLY " if schema_editor.connection.vendor == "postgresql" else ""
            name = schema_editor.quote_name(self.name)
            schema_editor.execute(f"DROP INDEX {quietly}IF EXISTS {name}")

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        index = to_state.models[app_label, self.model_name_lower].get_index_by_name(self.name)
        adding = AddIndexQuietly(self.model_name, index)
        adding.database_forwards(app_label, schema_editor, from_state, to_state)
