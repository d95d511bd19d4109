"""The histories of everything that is configured, and what admin noted, read as one list."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import yaml
from django.apps import apps
from django.contrib.admin.models import ADDITION, CHANGE, LogEntry
from django.db.models import Case, CharField, F, Model, Q, QuerySet, Value, When
from django.db.models.functions import Cast, Concat, Substr
from django.utils.text import capfirst

ADDED, CHANGED, REMOVED, DONE = "+", "~", "-", "!"
VERBS = {ADDED: "Added", CHANGED: "Changed", REMOVED: "Deleted", DONE: "By hand"}
_TITLES = ("name", "sender_address", "url", "transaction_id", "event")
_LONGEST = 255
BY_HAND = "log"
"""In place of a label: what was done by hand, whatever with, and changes of people and tokens."""
_BOOKKEEPING = ("id", "created_at", "updated_at")


@dataclass(frozen=True, slots=True)
class Entry:
    """One change. `key` finds it again; `about` is the model's label, as `postbacks.trigger`."""

    key: str
    about: str
    title: str
    verb: str
    reason: str
    at: datetime
    user_id: int | None


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a change; `lines` is a diff where either text has several lines:
    sign (+, -, @ or a space) and text.
    """

    label: str
    old: str
    new: str
    lines: Sequence[tuple[str, str]] = ()


@cache
def histories() -> dict[str, Any]:
    """Each model's history, by the model's label."""
    found = {}
    for model in apps.get_models():
        if hasattr(model, "instance_type"):
            found[model.instance_type._meta.label_lower] = model  # noqa: SLF001 - Django's API
    return found


def entries(
    *, about: str = "", user_id: int | None = None, before: datetime | None = None, most: int
) -> list[Entry]:
    """The newest changes, of one kind or by one person where that is asked; one query."""
    condition = Q()
    if user_id is not None:
        condition &= Q(entry_by=user_id)
    if before is not None:
        condition &= Q(entry_at__lt=before)
    wanted = [
        _columns(model, label).filter(condition).order_by("-entry_at").values_list(*_NAMES)
        for label, model in histories().items()
        if about in {"", label}
    ]
    if about in {"", BY_HAND}:
        wanted.append(_noted().filter(condition).order_by("-entry_at").values_list(*_NAMES))
    if not wanted:
        return []
    first, *others = (query.order_by() for query in wanted)
    rows = first.union(*others, all=True).order_by("-entry_at")[:most]
    return [
        Entry(f"{about}/{key}", about, _called(about, title), verb, reason or "", at, user)
        for about, key, title, verb, reason, at, user in rows
    ]


def _called(about: str, title: str) -> str:
    """An event by its name: "Refund applied" for `refund_applied`."""
    model = model_of(about)
    names = {field.name: field for field in model._meta.concrete_fields} if model else {}  # noqa: SLF001
    first = next((names[name] for name in _TITLES if name in names), None)
    return str(dict(getattr(first, "flatchoices", None) or []).get(title, title))


# Such as no model has: an annotation must not be named as a field is.
_NAMES = (
    "entry_about", "entry_key", "entry_title", "entry_verb", "entry_reason", "entry_at", "entry_by",
)  # fmt: skip


def _columns(model: Any, label: str) -> QuerySet[Any]:
    names = {field.name for field in model._meta.get_fields()}  # noqa: SLF001 - Django's API
    title = next((F(name) for name in _TITLES if name in names), Cast("id", _text()))
    rows: QuerySet[Any] = model.objects.annotate(
        entry_about=Value(label, _text()),
        entry_key=Cast("history_id", _text()),
        entry_title=Substr(Cast(title, _text()), 1, _LONGEST),
        entry_verb=Cast("history_type", _text()),
        entry_reason=Cast("history_change_reason", _text()),
        entry_at=F("history_date"),
        entry_by=F("history_user_id"),
    )
    return rows


def _noted() -> QuerySet[Any]:
    """What admin itself noted of rows that have no history (users, groups, tokens), and what
    people did by hand, which is a sentence (`dispatcher.console.noting`).
    """
    label = Concat("content_type__app_label", Value("."), "content_type__model")
    entries: QuerySet[Any] = LogEntry.objects.annotate(entry_about=label)
    is_by_hand = ~Q(change_message="") & ~Q(change_message__startswith="[")
    has_history = Q(entry_about__in=list(histories()))
    noted: QuerySet[Any] = entries.filter(is_by_hand | ~has_history).annotate(
        entry_key=Concat(Value("log-"), Cast("pk", _text()), output_field=_text()),
        entry_title=Substr(Cast("object_repr", _text()), 1, _LONGEST),
        entry_verb=Case(
            When(is_by_hand, then=Value(DONE)),
            When(action_flag=ADDITION, then=Value(ADDED)),
            When(action_flag=CHANGE, then=Value(CHANGED)),
            default=Value(REMOVED),
            output_field=_text(),
        ),
        entry_reason=Case(
            When(is_by_hand, then=Substr("change_message", 1, _LONGEST)),
            default=Value(""),
            output_field=_text(),
        ),
        entry_at=F("action_time"),
        entry_by=F("user_id"),
    )
    return noted


def _text() -> CharField[Any, Any]:
    return CharField(max_length=_LONGEST)


def kind(label: str) -> str:
    """What a person calls it: "Trigger" for `postbacks.trigger`."""
    try:
        return capfirst(str(apps.get_model(label)._meta.verbose_name))  # noqa: SLF001 - Django's API
    except (LookupError, ValueError):
        return label.rpartition(".")[2].capitalize()


def model_of(label: str) -> type[Model] | None:
    """The model of this label; None where it is not there any more."""
    try:
        return apps.get_model(label)
    except (LookupError, ValueError):
        return None


def record(label: str, key: str) -> Any | None:
    """The row of the history behind an entry."""
    history = histories().get(label)
    is_key = key.isascii() and key.isdigit() and len(key) <= 18
    return history.objects.filter(pk=int(key)).first() if history and is_key else None


def note(key: str) -> LogEntry | None:
    """The note of admin behind an entry."""
    number = key.removeprefix("log-")
    is_key = number.isascii() and number.isdigit() and len(number) <= 18
    return LogEntry.objects.filter(pk=int(number)).first() if is_key else None


def verb_of(noted: LogEntry) -> str:
    """What was done, as `VERBS` names it."""
    if noted.change_message and not noted.change_message.startswith("["):
        return DONE
    return {ADDITION: ADDED, CHANGE: CHANGED}.get(noted.action_flag, REMOVED)


def fields_of(row: Any) -> Iterator[Field]:
    """What this change changed, field by field; for a new row, what it began with."""
    earlier = row.prev_record
    if earlier is None or row.history_type != CHANGED:
        for field in row.tracked_fields:
            value = _shown(row, field.name)
            if value and field.name not in _BOOKKEEPING:
                yield _field(row, field.name, "", value)
        return
    for change in row.diff_against(earlier, excluded_fields=_BOOKKEEPING).changes:
        yield _field(row, change.field, _shown(earlier, change.field), _shown(row, change.field))


def _shown(row: Any, name: str) -> str:
    field = row._meta.get_field(name)  # noqa: SLF001 - Django's API
    value = getattr(row, field.attname)
    if value is None or value in ([], {}):
        return ""
    if isinstance(value, list | dict):
        return yaml.safe_dump(value, sort_keys=False, allow_unicode=True).strip()
    labels = dict(getattr(field, "flatchoices", None) or [])
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(labels.get(value, value))


def _field(row: Any, name: str, old: str, new: str) -> Field:
    label = capfirst(str(row._meta.get_field(name).verbose_name))  # noqa: SLF001
    if "\n" not in old and "\n" not in new:
        return Field(label, old, new)
    lines = list(difflib.unified_diff(old.splitlines(), new.splitlines(), lineterm="", n=2))
    return Field(label, old, new, [(line[0], line[1:].strip("@")) for line in lines[2:]])
