"""What somebody did by hand, kept for the audit: who, when, with what, and what it came to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model

_LONGEST = 200


def note(by: Any, rows: Iterable[Model], did: str) -> None:
    """Keep that this person did this with these rows.

    `did` is a sentence, as "Paused: was active, is paused", and holds no secret. Call it in the
    transaction of what was done.
    """
    _keep([_entry(by, type(row), row.pk, str(row), did) for row in rows])


def note_many(by: Any, model: type[Model], called: str, did: str) -> None:
    """The same for many at once, as one: `called` is what they are, as "12 deliveries"."""
    _keep([_entry(by, model, "", called, did)])


def _entry(by: Any, model: type[Model], key: object, called: str, did: str) -> LogEntry:
    return LogEntry(
        user_id=by.pk,
        content_type=ContentType.objects.get_for_model(model),
        object_id=str(key),
        object_repr=called[:_LONGEST],
        action_flag=CHANGE,
        change_message=did,
    )


def _keep(entries: list[LogEntry]) -> None:
    LogEntry.objects.bulk_create(entries, batch_size=500)
