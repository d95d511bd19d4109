"""What somebody did by hand, kept for the audit: who, when, with what, and what it came to."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model

from dispatcher.console.changes import Field, compared

_LONGEST = 200
_VALUES = "values"


def note(by: Any, rows: Iterable[Model], did: str) -> None:
    """Keep that this person did this with these rows.

    `did` is a sentence, as "Paused: was active, is paused", and holds no secret. Call it in the
    transaction of what was done.
    """
    _keep([_entry(by, type(row), row.pk, str(row), did) for row in rows])


def note_many(by: Any, model: type[Model], called: str, did: str) -> None:
    """The same for many at once, as one: `called` is what they are, as "12 deliveries"."""
    _keep([_entry(by, model, "", called, did)])


def message(values: Sequence[tuple[str, str, str]], *, is_new: bool) -> list[dict[str, Any]]:
    """What admin keeps of a saved form, with each field's label, old and new words.

    To be returned by `ModelAdmin.construct_change_message`; admin itself keeps only the labels.
    """
    kept: dict[str, Any] = {_VALUES: [list(one) for one in values]}
    labels = [label for label, _, _ in values]
    return [kept | ({"added": {}} if is_new else {"changed": {"fields": labels}})]


def fields_of(entry: LogEntry) -> list[Field]:
    """From what to what, where `message` kept it."""
    if not entry.change_message.startswith("["):
        return []
    try:
        kept = [one for part in json.loads(entry.change_message) for one in part.get(_VALUES, ())]
    except (ValueError, AttributeError):
        return []
    return [compared(*one) for one in kept]


def is_by_hand(entry: LogEntry) -> bool:
    """Whether it is a sentence of `note`, and not what admin kept of a saved form."""
    return bool(entry.change_message) and not entry.change_message.startswith("[")


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
