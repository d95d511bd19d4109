"""What changed, short, for many entries at once: three statements however many there are."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from django.contrib.admin.models import LogEntry
from django.db import models
from django.db.models import CharField, F, OuterRef, Q, Subquery, TextField, Value
from django.db.models.functions import Cast, JSONObject
from django.utils.dateparse import parse_datetime
from django.utils.text import Truncator

from config.audit import ledger
from dispatcher.console import changes, noting
from dispatcher.console.changes import CHANGED, Field

FIELDS_SHOWN = 3
_LONGEST = 40


@dataclass(frozen=True, slots=True)
class Summary:
    """The first fields of a change in a line each, and how many more there are."""

    lines: tuple[str, ...] = ()
    more: int = 0


@dataclass(frozen=True, slots=True)
class _Name:
    """In place of a related row: what it is called."""

    title: str

    def __str__(self) -> str:
        return self.title


def of(entries: Iterable[ledger.Entry]) -> dict[str, Summary]:
    """By the entry's key; those of which there is nothing to say are not in it."""
    keys: dict[str, list[int]] = defaultdict(list)
    notes: dict[int, ledger.Entry] = {}
    for entry in entries:
        number = entry.key.rpartition("/")[2]
        if number.startswith("log-"):
            notes[int(number.removeprefix("log-"))] = entry
        elif entry.verb == CHANGED:
            keys[entry.about].append(int(number))
    found = _compared(keys) if keys else {}
    kept = LogEntry.objects.filter(pk__in=notes).only("change_message") if notes else ()
    for note in kept:
        entry = notes[note.pk]
        found[entry.key] = _summary(noting.fields_of(note), is_new=entry.verb == ledger.ADDED)
    return found


def _compared(keys: Mapping[str, list[int]]) -> dict[str, Summary]:
    rows = _with_earlier(keys)
    wanted = {(label, number) for label, numbers in keys.items() for number in numbers}
    pairs = [
        (earlier, later)
        for (label, _), history in rows.items()
        for earlier, later in pairwise(history)
        if (label, later.history_id) in wanted
    ]
    _name_related(pairs)
    return {
        f"{later.instance_type._meta.label_lower}/{later.history_id}": _summary(  # noqa: SLF001 - Django's API
            list(changes.between(earlier, later))
        )
        for earlier, later in pairs
    }


def _summary(fields: list[Field], *, is_new: bool = False) -> Summary:
    shown = fields[:FIELDS_SHOWN]
    lines = tuple(_line(field, is_new=is_new) for field in shown)
    return Summary(lines, len(fields) - len(shown))


def _line(field: Field, *, is_new: bool) -> str:
    if field.lines:
        plural = "" if field.added == 1 else "s"
        return f"{field.label}: {field.added} line{plural} added, {field.removed} removed"
    old, new = (Truncator(one or "empty").chars(_LONGEST) for one in (field.old, field.new))
    return f"{field.label}: {new}" if is_new else f"{field.label}: {old} → {new}"


def _with_earlier(keys: Mapping[str, list[int]]) -> dict[tuple[str, int], list[Any]]:
    """These entries and the one before each, by label and row, oldest first; one statement.

    Rows of different tables come as one by having all their values as text.
    """
    queries = [_as_texts(label, ledger.histories()[label], ids) for label, ids in keys.items()]
    first, *others = queries
    found: dict[tuple[str, int], list[Any]] = defaultdict(list)
    for label, texts in first.union(*others, all=True):
        row = _row(ledger.histories()[label], texts)
        found[label, row.id].append(row)
    for history in found.values():
        history.sort(key=lambda row: row.history_id)
    return found


def _as_texts(label: str, model: Any, ids: list[int]) -> Any:
    entries = model.objects.order_by()
    earlier = entries.filter(id=OuterRef("id"), history_id__lt=OuterRef("history_id"))
    newest = earlier.order_by("-history_id").values("history_id")[:1]
    before = entries.filter(history_id__in=ids).annotate(entry_before=Subquery(newest))
    texts = {name: Cast(name, TextField()) for name in ("history_id", *_attnames(model))}
    return (
        entries.filter(Q(history_id__in=ids) | Q(history_id__in=before.values("entry_before")))
        .annotate(entry_about=Value(label, CharField()), entry_texts=JSONObject(**texts))
        .values_list("entry_about", "entry_texts")
    )


def _attnames(model: Any) -> list[str]:
    return [field.attname for field in model.tracked_fields]


def _row(model: Any, texts: Mapping[str, str | None]) -> Any:
    """The entry as it is stored, from its values as texts."""
    values = {
        field.attname: _value(field, texts[field.attname])
        for field in model.tracked_fields
        if texts[field.attname] is not None
    }
    return model(history_id=int(texts["history_id"] or 0), **values)


def _value(field: Any, text: str | None) -> Any:
    kind = field.target_field if field.is_relation else field
    for type_, read in _READ.items():
        if isinstance(kind, type_):
            return read(text or "")
    return kind.to_python(text)


def _moment(text: str) -> datetime | None:
    moment = parse_datetime(text)
    return moment.replace(tzinfo=UTC) if moment and moment.tzinfo is None else moment


_READ: Mapping[type, Callable[[str], Any]] = {
    models.BooleanField: lambda text: text in {"1", "t", "true"},
    models.DateTimeField: _moment,
    models.JSONField: json.loads,
}


def _name_related(pairs: Iterable[tuple[Any, Any]]) -> None:
    """Give the rows that changed fields point to their names; one statement for all."""
    pointing = [
        (row, field)
        for earlier, later in pairs
        for field in later.tracked_fields
        if field.is_relation and getattr(earlier, field.attname) != getattr(later, field.attname)
        for row in (earlier, later)
        if getattr(row, field.attname) is not None
    ]
    wanted: dict[Any, set[Any]] = defaultdict(set)
    for row, field in pointing:
        wanted[field.related_model].add(getattr(row, field.attname))
    titles = _titles(wanted)
    for row, field in pointing:
        title = titles.get((field.related_model._meta.label_lower, getattr(row, field.attname)))  # noqa: SLF001
        row._meta.get_field(field.name).set_cached_value(  # noqa: SLF001 - Django's API
            row, None if title is None else _Name(title)
        )


def _titles(wanted: Mapping[Any, set[Any]]) -> dict[tuple[str, Any], str]:
    queries = [
        model._default_manager.order_by()  # noqa: SLF001 - Django's API
        .filter(pk__in=keys)
        .annotate(
            entry_about=Value(model._meta.label_lower, CharField()),  # noqa: SLF001
            entry_row=F("pk"),
            entry_title=Cast(ledger.title_of(model), CharField(max_length=255)),
        )
        .values_list("entry_about", "entry_row", "entry_title")
        for model, keys in wanted.items()
    ]
    if not queries:
        return {}
    first, *others = queries
    return {(label, key): title for label, key, title in first.union(*others, all=True)}
