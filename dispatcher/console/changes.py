"""One entry of a row's history in a person's words: each field from what to what.

The Audit page and the history of every configured row show changes this way.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import yaml
from django.core.exceptions import ObjectDoesNotExist
from django.utils import timezone
from django.utils.text import capfirst

from dispatcher.configuration.texts import plain_lines

CHANGED = "~"
"""How a history marks a change, other than an addition and a deletion."""
_BOOKKEEPING = ("id", "created_at", "updated_at")


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a change; `lines` is a diff where either text has several lines:
    sign (+, -, @ or a space) and text.
    """

    label: str
    old: str
    new: str
    lines: Sequence[tuple[str, str]] = ()

    @property
    def added(self) -> int:
        """How many lines are new."""
        return sum(sign == "+" for sign, _ in self.lines)

    @property
    def removed(self) -> int:
        """How many lines are gone."""
        return sum(sign == "-" for sign, _ in self.lines)


def fields_of(row: Any) -> Iterator[Field]:
    """What this entry of a history changed; for one that added or deleted, what the row held."""
    earlier = row.prev_record
    if earlier is not None and row.history_type == CHANGED:
        yield from between(earlier, row)
        return
    for field in row.tracked_fields:
        value = _words(row, field.name)
        if value and field.name not in _BOOKKEEPING:
            yield _field(row, field.name, "", value)


def between(earlier: Any, later: Any) -> Iterator[Field]:
    """What differs between two entries of one row's history; line ends alone are no difference."""
    for change in later.diff_against(earlier, excluded_fields=_BOOKKEEPING).changes:
        name = change.field
        if _is_same_text(change.old, change.new):
            continue
        yield _field(later, name, _words(earlier, name), _words(later, name))


def _is_same_text(old: object, new: object) -> bool:
    return isinstance(old, str) and isinstance(new, str) and plain_lines(old) == plain_lines(new)


def _words(row: Any, name: str) -> str:
    field = row._meta.get_field(name)  # noqa: SLF001 - Django's API
    value = getattr(row, field.attname)
    if value is None or value in ([], {}):
        return ""
    if field.is_relation:
        return _named(row, name, value)
    if isinstance(value, list | dict):
        return yaml.safe_dump(value, sort_keys=False, allow_unicode=True).strip()
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return f"{timezone.localtime(value):%Y-%m-%d %H:%M:%S %Z}"
    labels = dict(getattr(field, "flatchoices", None) or [])
    return str(labels.get(value, value))


def _named(row: Any, name: str, key: object) -> str:
    """The name of the row that a key stands for, while it is there."""
    try:
        related = getattr(row, name)
    except ObjectDoesNotExist:
        related = None
    return f"one that was deleted (number {key})" if related is None else str(related)


def _field(row: Any, name: str, old: str, new: str) -> Field:
    return compared(capfirst(str(row._meta.get_field(name).verbose_name)), old, new)  # noqa: SLF001


def compared(label: str, old: str, new: str) -> Field:
    """A field from what to what; texts of several lines line by line."""
    if "\n" not in old and "\n" not in new:
        return Field(label, old, new)
    lines = list(difflib.unified_diff(old.splitlines(), new.splitlines(), lineterm="", n=2))
    return Field(label, old, new, [(line[0], line[1:].strip("@")) for line in lines[2:]])
