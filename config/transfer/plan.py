"""What applying a file would change, and doing it: all of it, or nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from config.transfer import secrets
from config.transfer.applying import Applying
from config.transfer.document import Document
from config.transfer.locking import impatient
from config.transfer.problems import Problem, RefusedError
from config.transfer.secrets import FindSecret
from config.transfer.section import Section
from config.transfer.sections import SECTIONS, export
from config.transfer.stored import is_stored
from config.transfer.trying import Trying
from dispatcher.configuration import saving

FROM_A_FILE = "Applied from a file"
_ABSENT = object()
_KEPT, _RENEWED = "the value that is stored", "another value"
_NAMES = [section.name for section in SECTIONS]


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
    row here has one already, the plan cannot be applied. `only_here` is left alone. `flaws` are
    what is wrong with the file itself, whatever is here.
    """

    document: Document
    changes: tuple[Change, ...]
    missing: tuple[str, ...]
    only_here: tuple[tuple[str, str], ...]
    flaws: tuple[Problem, ...]

    def problems(self, *, find_secret: FindSecret) -> tuple[Problem, ...]:
        """Everything that applying would refuse, by doing it row by row and taking each back.

        Nothing stays and nothing is told to anybody: what is sent or rung waits for a commit.
        Nobody waits for longer than a row or, on SQLite, a second takes. A secret without a value
        is no problem here. Raises BusyError where others hold for long what is looked at.
        """
        trying = Trying(self.document, missing=self.missing, find_secret=find_secret)
        return self._run(trying)

    def apply(self, *, find_secret: FindSecret, by: Any) -> None:
        """Make every change, or none. Raises RefusedError with all that was refused.

        Raises BusyError where somebody else is changing the same rows.
        """
        with impatient():
            self._apply(
                Applying(self.document, missing=self.missing, find_secret=find_secret, by=by)
            )

    def _apply(self, applying: Applying) -> None:
        problems = self._run(applying)
        if self.missing:
            words = f"These secrets have no value: {', '.join(self.missing)}."
            problems = (*problems, Problem("", "", "", words))
        if problems:
            raise RefusedError(problems)

    def _run(self, applying: Applying) -> tuple[Problem, ...]:
        saved = {
            (one.section, one.key): one.fields.keys()
            for one in self.changes
            if one.action != "remove"
        }
        removed = [(one.section, one.key) for one in self.changes if one.action == "remove"]
        with saving.because(FROM_A_FILE):
            return (*self.flaws, *applying.run(saved, [] if self.flaws else removed[::-1]))


def make_plan(document: Document, *, find_secret: FindSecret, prune: bool = False) -> Plan:
    """Compare a file with what is here. With `prune`, rows the file does not have are removed."""
    usable, flaws = _usable(document)
    here = export(usable)
    changes, missing, only_here = [], [], []
    for section in SECTIONS:
        wanted = usable.get(section.name) or {}
        present = here[section.name]
        renewed = _renewed(section, wanted, find_secret)
        for key, row in wanted.items():
            if key not in present:
                changes.append(Change(section.name, key, "add", {}))
            elif fields := _differences(present[key], section.plain(row)) | renewed.get(key, {}):
                changes.append(Change(section.name, key, "change", fields))
            else:
                continue
            missing += _missing(section, present.get(key), row, find_secret)
        gone = [key for key in present if key not in wanted]
        if prune and section.name in document:
            changes += [Change(section.name, key, "remove", {}) for key in gone]
        else:
            only_here += [(section.name, key) for key in gone]
    return Plan(usable, tuple(changes), tuple(missing), tuple(only_here), tuple(flaws))


def _usable(document: Document) -> tuple[Document, list[Problem]]:
    """The sections and rows that can be read, and what is wrong with the rest."""
    flaws = [
        Problem("", "", "", _no_section(str(name)))
        for name in document
        if name != "version" and name not in _NAMES
    ]
    usable: Document = {"version": document.get("version")}
    for section in SECTIONS:
        rows = document.get(section.name)
        if not (rows is None or isinstance(rows, dict)):
            words = f"give the rows by key, as “{section.name}:”, then “  key:”."
            flaws.append(Problem(section.name, "", "", words))
            rows = None
        usable[section.name] = proper = {}
        for key, row in (rows or {}).items():
            if isinstance(key, str) and isinstance(row, dict):
                proper[key] = row
                flaws += _wrong_references(section, key, row, document)
            else:
                words = "a row needs a text as key and fields below it."
                flaws.append(Problem(section.name, str(key), "", words))
    return usable, flaws


def _no_section(name: str) -> str:
    near = get_close_matches(name, _NAMES, n=1)
    hint = f"Did you mean “{near[0]}”?" if near else f"There are {', '.join(_NAMES)}."
    return f"There is no section “{name}”. {hint}"


def _wrong_references(
    section: Section, key: str, row: Mapping[str, Any], document: Document
) -> Iterator[Problem]:
    for name, target in section.references.items():
        given = row.get(name)
        known = document.get(target) or {}
        for reference in given if isinstance(given, list) else [given]:
            if reference is not None and (not isinstance(reference, str) or reference not in known):
                words = (
                    f"“{reference}” is not among the {target} of this file. Add it there, or "
                    "correct the key."
                )
                yield Problem(section.name, key, name, words)


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
