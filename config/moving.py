"""Moving to another database: every row of the old one, as it is, into a new and empty one."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator

import environ
from django.apps import apps
from django.core.management import call_command
from django.core.management.color import no_style
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections, models, transaction
from django.db.migrations.recorder import MigrationRecorder

OLD = "old"
LEFT_BEHIND = frozenset({"django_q", "sessions"})
"""Apps whose rows mean nothing elsewhere: bells that have rung, and who is logged in."""
_SIGNS_OF_LIFE = ("auth.User", "dispatcher.Event", "postbacks.Customer", "offers.Affiliate")


class MoveError(Exception):
    """Why nothing was moved, in words for whoever runs the command."""


def know(url: str) -> str:
    """Make the database of this URL known beside ours, to be read; returns its alias."""
    with warnings.catch_warnings(action="ignore"):  # what it is not sure of is said below
        given = environ.Env.db_url_config(url)
    engine = given.get("ENGINE", "")
    if not engine.endswith(("sqlite3", "postgresql")):
        raise MoveError("The old database's address looks like sqlite:////path/to/db.sqlite3.")
    if engine.endswith("sqlite3"):  # never makes a file that is not there
        given["NAME"] = f"file:{given['NAME']}?mode=ro"
        given["OPTIONS"] = {"uri": True}
    connections.settings[OLD] = {**connections.settings[DEFAULT_DB_ALIAS], "OPTIONS": {}, **given}
    return OLD


def move(*, source: str, target: str, report: Callable[[str, int], object]) -> int:
    """Copy every row of `source` into `target`, all of it or nothing; returns how many.

    `report` is told each model's label and number of rows. Raises MoveError when `target` is in
    use, when the two are not of the same version, or when a row does not fit.
    """
    _check(source, target)
    copied = 0
    with transaction.atomic(using=target):
        # What migrating has made (groups, permissions, events) comes from the old one, too.
        call_command("flush", database=target, interactive=False, inhibit_post_migrate=True)
        for model in _models():
            count = _copy(model, source, target)
            report(model._meta.label, count)  # noqa: SLF001 - Django's API
            copied += count
        _go_on_counting(target)
    return copied


def _models() -> Iterator[type[models.Model]]:
    for model in apps.get_models(include_auto_created=True):
        meta = model._meta  # noqa: SLF001 - Django's API
        if meta.managed and not meta.proxy and meta.app_label not in LEFT_BEHIND:
            yield model


def _check(source: str, target: str) -> None:
    try:
        there, here = (
            set(MigrationRecorder(connections[one]).applied_migrations())
            for one in (source, target)
        )
    except DatabaseError as error:
        raise MoveError(f"The old database cannot be read: {error}".strip()) from None
    if there != here:
        odd = ", ".join(sorted(f"{app}.{name}" for app, name in there ^ here)[:5])
        raise MoveError(
            "Both have to be of the same version: run `manage.py migrate` on each of them first. "
            f"Only one of them has {odd}."
        )
    for label in _SIGNS_OF_LIFE:
        if apps.get_model(label)._base_manager.using(target).exists():  # noqa: SLF001
            raise MoveError(f"The new database is not empty: it has rows of {label}.")


def _copy(model: type[models.Model], source: str, target: str) -> int:
    """Raw: no defaults, no times of today, no history of the move."""
    count = 0
    rows = model._base_manager.using(source).order_by("pk").iterator(chunk_size=500)  # noqa: SLF001
    for row in rows:
        try:
            row.save_base(raw=True, using=target, force_insert=True)
        except DatabaseError as error:
            label = model._meta.label  # noqa: SLF001 - Django's API
            raise MoveError(f"{label} {row.pk} does not fit: {error}".strip()) from None
        count += 1
    return count


def _go_on_counting(target: str) -> None:
    connection = connections[target]
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), list(_models())):
            cursor.execute(statement)
