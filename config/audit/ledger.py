"""The histories of everything that is configured, and what admin noted, read as one list."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from django.apps import apps
from django.contrib.admin.models import ADDITION, CHANGE, LogEntry
from django.db.models import Case, CharField, F, Model, Q, QuerySet, Value, When
from django.db.models.functions import Cast, Concat, Substr
from django.utils.text import capfirst

from dispatcher.console import noting
from dispatcher.console.changes import CHANGED
from dispatcher.keys import find_row

ADDED, REMOVED, DONE = "+", "-", "!"
VERBS = {ADDED: "Added", CHANGED: "Changed", REMOVED: "Deleted", DONE: "By hand"}
_TITLES = ("name", "sender_address", "url", "transaction_id", "event")
_LONGEST = 255
BY_HAND = "log"
"""In place of a label: what was done by hand, whatever with, and changes of people and tokens."""


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


class Place(NamedTuple):
    """Where one entry stands in the list."""

    at: datetime
    about: str
    key: str


@cache
def histories() -> dict[str, Any]:
    """Each model's history, by the model's label."""
    found = {}
    for model in apps.get_models():
        if hasattr(model, "instance_type"):
            found[model.instance_type._meta.label_lower] = model  # noqa: SLF001 - Django's API
    return found


def entries(
    *, about: str = "", user_id: int | None = None, after: Place | None = None, most: int
) -> list[Entry]:
    """The newest changes, of one kind or by one person where that is asked; one query.

    `after` is the place of the last one of the page before; nothing is skipped or shown twice.
    """
    condition = Q() if user_id is None else Q(entry_by=user_id)
    if after is not None:
        condition &= _further(after)
    wanted = [
        _columns(model, label).filter(condition).order_by().values_list(*_NAMES)
        for label, model in histories().items()
        if about in {"", label}
    ]
    if about in {"", BY_HAND}:
        wanted.append(_noted().filter(condition).order_by().values_list(*_NAMES))
    if not wanted:
        return []
    first, *others = wanted
    rows = first.union(*others, all=True).order_by("-entry_at", "entry_about", "entry_key")[:most]
    return [
        Entry(f"{about}/{key}", about, _called(about, title), verb, reason or "", at, user)
        for about, key, title, verb, reason, at, user in rows
    ]


def _further(place: Place) -> Q:
    """What comes after this place in the list; many changes may be of the same moment."""
    same = Q(entry_at=place.at)
    further = same & Q(entry_about__gt=place.about)
    further |= same & Q(entry_about=place.about, entry_key__gt=place.key)
    return Q(entry_at__lte=place.at) & (Q(entry_at__lt=place.at) | further)


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
    rows: QuerySet[Any] = model.objects.annotate(
        entry_about=Value(label, _text()),
        entry_key=Cast("history_id", _text()),
        entry_title=Substr(Cast(title_of(model), _text()), 1, _LONGEST),
        entry_verb=Cast("history_type", _text()),
        entry_reason=Cast("history_change_reason", _text()),
        entry_at=F("history_date"),
        entry_by=F("history_user_id"),
    )
    return rows


def title_of(model: Any) -> Any:
    """The column by which people know a row of this model, or of its history."""
    names = {field.name for field in model._meta.get_fields()}  # noqa: SLF001 - Django's API
    return next((F(name) for name in _TITLES if name in names), Cast("id", _text()))


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
    return find_row(history.objects.all(), key) if history else None


def note(label: str, key: str) -> LogEntry | None:
    """The note of admin behind an entry; None where it is about another kind of row."""
    found = find_row(LogEntry.objects.select_related("content_type"), key.removeprefix("log-"))
    about = found.content_type if found else None
    return found if about and f"{about.app_label}.{about.model}" == label else None


def verb_of(noted: LogEntry) -> str:
    """What was done, as `VERBS` names it."""
    if noting.is_by_hand(noted):
        return DONE
    return {ADDITION: ADDED, CHANGE: CHANGED}.get(noted.action_flag, REMOVED)
