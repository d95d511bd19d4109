"""What applying a file would change, and doing it: all of it, or nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from rest_framework.exceptions import ValidationError as ApiError

from config.transfer import secrets
from config.transfer.document import Document, FormatError
from config.transfer.secrets import FindSecret
from config.transfer.section import Section
from config.transfer.sections import SECTIONS, export
from config.transfer.stored import is_stored
from dispatcher.configuration import saving

FROM_A_FILE = "Applied from a file"
_ABSENT = object()
_KEPT, _RENEWED = "the value that is stored", "another value"
_BY_NAME = {section.name: section for section in SECTIONS}


@dataclass(frozen=True, slots=True)
class Change:
    """One row that would be added, changed or removed; `fields` holds (old, new) by name."""

    section: str
    key: str
    action: str
    fields: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Plan:
    """What would change. `missing` names secrets without a value: until they have one, or the
    row here has one already, the plan cannot be applied. `only_here` is left alone.
    """

    document: Document
    changes: tuple[Change, ...]
    missing: tuple[str, ...]
    only_here: tuple[tuple[str, str], ...]

    @transaction.atomic
    def apply(self, *, find_secret: FindSecret, by: Any) -> None:
        """Make every change, or none. Raises FormatError naming the row that was refused."""
        if self.missing:
            raise FormatError(f"These secrets have no value: {', '.join(self.missing)}.")
        with saving.because(FROM_A_FILE):
            _Applying(self, find_secret, by).run()


def make_plan(document: Document, *, find_secret: FindSecret, prune: bool = False) -> Plan:
    """Compare a file with what is here. With `prune`, rows the file does not have are removed.

    Raises FormatError for a section or a key that cannot be, or a row of a wrong shape.
    """
    _check_sections(document)
    here = export(document)
    changes, missing, only_here = [], [], []
    for section in SECTIONS:
        wanted = document.get(section.name) or {}
        present = here[section.name]
        renewed = _renewed(section, wanted, find_secret)
        for key, row in wanted.items():
            _check_row(section, key, row, document)
            if key not in present:
                changes.append(Change(section.name, key, "add", {}))
            elif fields := _differences(present[key], row) | renewed.get(key, {}):
                changes.append(Change(section.name, key, "change", fields))
            else:
                continue
            missing += _missing(section, present.get(key), row, find_secret)
        gone = [key for key in present if key not in wanted]
        if prune and section.name in document:
            changes += [Change(section.name, key, "remove", {}) for key in gone]
        else:
            only_here += [(section.name, key) for key in gone]
    return Plan(document, tuple(changes), tuple(missing), tuple(only_here))


def _check_sections(document: Document) -> None:
    known = [section.name for section in SECTIONS]
    for name, rows in document.items():
        if name == "version":
            continue
        if name not in known:
            near = get_close_matches(str(name), known, n=1)
            hint = f"Did you mean “{near[0]}”?" if near else f"There are {', '.join(known)}."
            raise FormatError(f"There is no section “{name}”. {hint}")
        if not (rows is None or isinstance(rows, dict)):
            raise FormatError(f"{name}: give the rows by key, as “{name}:”, then “  key:”.")


def _check_row(section: Section, key: Any, row: Any, document: Document) -> None:
    if not isinstance(key, str) or not isinstance(row, dict):
        raise FormatError(f"{section.name}: “{key}” needs a text as key and fields below it.")
    for name, target in section.references.items():
        given = row.get(name)
        known = document.get(target) or {}
        for reference in given if isinstance(given, list) else [given]:
            if reference is not None and (not isinstance(reference, str) or reference not in known):
                raise FormatError(
                    f"{section.name}: {key}: {name} “{reference}” is not among the {target} of "
                    "this file. Add it there, or correct the key."
                )


def _differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Fields that the file gives otherwise; what it does not mention stays as it is."""
    return {
        name: (old.get(name), value)
        for name, value in new.items()
        if old.get(name, _ABSENT) != value
    }


def _missing(
    section: Section,
    here: Mapping[str, Any] | None,
    row: Mapping[str, Any],
    find_secret: FindSecret,
) -> list[str]:
    """The secrets that the file has to bring a value for, and does not.

    Where the row would send to another host, what is stored here counts as missing, too: a secret
    that was given for one receiver never goes to another.
    """
    given, stored = section.proper(row), section.proper(here or {})
    if here is None or not secrets.moves(stored, given):
        known = set(secrets.names(stored))
        return [n for n in secrets.names(given) if find_secret(n) is None and n not in known]
    merged = {**stored, **given}
    named = set(secrets.names(merged))
    needed = dict.fromkeys([*secrets.names(merged), *secrets.staying(stored, merged)])
    return [name for name in needed if name not in named or find_secret(name) is None]


def _renewed(
    section: Section, wanted: Mapping[str, Any], find_secret: FindSecret
) -> dict[str, dict[str, tuple[Any, Any]]]:
    """Of each row that is here, the secrets whose given value is not the one that is stored."""
    given = {
        key: [
            (name, value)
            for name in secrets.names(section.proper(row))
            if (value := find_secret(name)) is not None
        ]
        for key, row in wanted.items()
        if isinstance(row, dict)
    }
    if not any(given.values()):
        return {}
    rows = section.rows()
    keys = section.keys(rows, wanted)
    return {
        keys[row.pk]: {
            name: (_KEPT, _RENEWED)
            for name, value in given.get(keys[row.pk], ())
            if not is_stored(row, value)
        }
        for row in rows
    }


class _Applying:
    """The run through all sections; keys become rows as they are made."""

    def __init__(self, plan: Plan, find_secret: FindSecret, by: Any) -> None:
        self._plan, self._find_secret, self._by = plan, find_secret, by
        self._rows: dict[str, dict[str, Any]] = {}
        self._keys: dict[str, dict[int, str]] = {}
        for section in SECTIONS:
            rows = section.rows()
            wanted = plan.document.get(section.name)
            keys = self._keys[section.name] = section.keys(rows, wanted)
            self._rows[section.name] = {keys[row.pk]: row for row in rows}

    def run(self) -> None:
        changes = self._plan.changes
        for change in changes:
            if change.action != "remove":
                self._do(change, self._save)
        for change in reversed(changes):
            if change.action == "remove":
                self._do(change, self._remove)

    def _do(self, change: Change, verb: Callable[[Section, Change], None]) -> None:
        try:
            verb(_BY_NAME[change.section], change)
        except (ValidationError, ApiError) as error:
            raise FormatError(f"{change.section}: {change.key}: {_words(error)}") from None

    def _remove(self, section: Section, change: Change) -> None:
        section.delete(self._rows[section.name][change.key], by=self._by)

    def _save(self, section: Section, change: Change) -> None:
        row = self._rows[section.name].get(change.key)
        wanted: dict[str, Any] = dict(self._plan.document[section.name][change.key])
        if row is not None:  # what the file leaves out stays as it is
            wanted = section.document(row, change.key, self._keys) | wanted
        section.point(wanted, self._rows)
        blank = row if row is not None else section.model()
        saved = section.save(blank, self._with_values(section, wanted), by=self._by)
        self._rows[section.name][change.key] = saved
        self._keys[section.name][saved.pk] = change.key

    def _with_values(self, section: Section, row: Mapping[str, Any]) -> dict[str, Any]:
        return {**row, **secrets.with_values(section.proper(row), self._find_secret)}


def _words(error: ValidationError | ApiError) -> str:
    if isinstance(error, ApiError):
        return _flat(error.detail)
    if hasattr(error, "error_dict"):
        return " ".join(f"{name}: {' '.join(words)}" for name, words in error.message_dict.items())
    return " ".join(error.messages)


def _flat(detail: Any) -> str:
    if isinstance(detail, Mapping):
        return " ".join(f"{name}: {_flat(one)}" for name, one in detail.items())
    if isinstance(detail, list):
        return " ".join(_flat(one) for one in detail)
    return str(detail)
