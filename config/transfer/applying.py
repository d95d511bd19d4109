"""Making rows as a file says, section by section; also to see what would be refused."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, MutableMapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from rest_framework.exceptions import ValidationError as ApiError

from config.transfer import secrets
from config.transfer.document import Document
from config.transfer.problems import Problem, by_field
from config.transfer.secrets import FindSecret
from config.transfer.section import Section
from config.transfer.sections import SECTIONS

_DECISIVE = frozenset(
    {"kind", "method_kind", "format", "http_type", "auth_kind", "config", "enabled_goals"}
)
"""Fields that decide what others must be: while one is wrong, nobody knows of the others."""
_SECTIONS = {section.name: section for section in SECTIONS}
Verb = Callable[[Section, str], list[tuple[str, str]]]


class Applying:
    """One run through all sections; keys become rows as they are made.

    Each row is a savepoint of its own: one that is refused leaves no trace, and the next are
    looked at all the same. What refers to a row that was refused is checked and not saved.
    """

    def __init__(
        self, document: Document, *, missing: Collection[str], find_secret: FindSecret, by: Any
    ) -> None:
        self._document, self._find_secret, self._by = document, find_secret, by
        self._missing = frozenset(missing)
        self._changes: Mapping[tuple[str, str], Collection[str]] = {}
        self._unmade: set[tuple[str, str]] = set()
        self._rows: dict[str, MutableMapping[str, Any]] = {}
        self._keys: dict[str, dict[int, str]] = {}
        for section in SECTIONS:
            rows = section.rows()
            keys = self._keys[section.name] = section.keys(rows, document.get(section.name))
            self._rows[section.name] = {keys[row.pk]: row for row in rows}

    def run(
        self,
        saved: Mapping[tuple[str, str], Collection[str]],
        removed: Collection[tuple[str, str]],
    ) -> list[Problem]:
        """Save and remove these rows, by section and key; all that was refused.

        With each that is saved, what of it differs from what is here.

        Whether a row may go depends on those that are here, so that is asked only when all of
        them could be made as the file says.
        """
        self._changes = saved
        problems = [one for row in saved for one in self._do(*row, self._save)]
        if problems or any(key in self._rows[name] for name, key in self._unmade):
            return problems
        return [one for row in removed for one in self._do(*row, self._remove)]

    def _do(self, name: str, key: str, verb: Verb) -> list[Problem]:
        with transaction.atomic():
            flaws = verb(_SECTIONS[name], key)
            if flaws:
                transaction.set_rollback(True)
        if flaws:
            self._unmade.add((name, key))
        lacking = self._lacking(name, key) if verb == self._save else set()
        return [Problem(name, key, field, words) for field, words in flaws if field not in lacking]

    def _lacking(self, name: str, key: str) -> set[str]:
        """The fields whose secret has no value yet: what they lack is asked for."""
        return {
            field
            for field, one in _members(self._document[name][key])
            if self._missing & {*secrets.names(one)}
        }

    def _remove(self, section: Section, key: str) -> list[tuple[str, str]]:
        try:
            section.delete(self._rows[section.name][key], by=self._by)
        except (ValidationError, ApiError) as error:
            return list(by_field(error))
        return []

    def _save(self, section: Section, key: str) -> list[tuple[str, str]]:
        wanted = self._wanted(section, key)
        unmade = {name for name in section.references if self._is_unmade(section, wanted, name)}
        section.point(wanted, self._rows, but=unmade)
        wanted |= secrets.with_values(section.proper(wanted), self._find_secret)
        if unmade:
            self._unmade.add((section.name, key))
            flaws = section.flaws(self._blank(section, key), wanted)
            return [one for one in flaws if one[0] not in unmade]
        return self._try(section, key, wanted, self._changes[section.name, key])

    def _wanted(self, section: Section, key: str) -> dict[str, Any]:
        """The row as the file says; what that leaves out stays as it is."""
        given: dict[str, Any] = self._document[section.name][key]
        return self._stored(section, key) | given

    def _stored(self, section: Section, key: str) -> dict[str, Any]:
        row = self._rows[section.name].get(key)
        return {} if row is None else section.document(row, key, self._keys)

    def _try(
        self, section: Section, key: str, wanted: dict[str, Any], changed: Collection[str]
    ) -> list[tuple[str, str]]:
        """Save it; where only some fields are wrong, see what would be said without them."""
        given = self._document[section.name][key]
        flaws, saved = self._attempt(section, self._blank(section, key), wanted, changed)
        wrong = {field for field, _ in flaws}
        if saved is not None:
            self._rows[section.name][key] = saved
        elif wrong & wanted.keys() and not wrong & {*_DECISIVE, *section.references, ""}:
            rest = {name: value for name, value in wanted.items() if name not in wrong}
            more, _ = self._attempt(section, self._blank(section, key), rest, given)
            known = {name for name, _ in _members(given)} - wrong
            flaws += [one for one in more if one[0] in known]
        return flaws

    def _attempt(
        self, section: Section, row: Any, wanted: dict[str, Any], changed: Collection[str]
    ) -> tuple[list[tuple[str, str]], Any]:
        try:
            with transaction.atomic():
                return [], section.save(row, wanted, by=self._by, changed=changed)
        except (ValidationError, ApiError) as error:
            refused = list(by_field(error))
        told = {field for field, _ in refused}
        more = [one for one in section.flaws(row, wanted) if one[0] not in told]
        return refused + more, None

    def _blank(self, section: Section, key: str) -> Any:
        row = self._rows[section.name].get(key)
        return section.model() if row is None else row

    def _is_unmade(self, section: Section, wanted: Mapping[str, Any], name: str) -> bool:
        target, value = section.references[name], wanted.get(name)
        keys = value if isinstance(value, list) else [] if value is None else [value]
        return any(
            not isinstance(one, str)
            or one not in self._rows[target]
            or (target, one) in self._unmade
            for one in keys
        )


def _members(value: Any) -> Iterator[tuple[str, Any]]:
    """All fields of a row with their values, also those that are inside others."""
    if isinstance(value, Mapping):
        for name, one in value.items():
            yield str(name), one
            yield from _members(one)
    elif isinstance(value, list):
        for one in value:
            yield from _members(one)
