"""Finding what applying a file would refuse, row by row, so that nobody waits for it for long."""

from __future__ import annotations

from collections import ChainMap, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any

from django.db import IntegrityError, transaction

from config.transfer.applying import Applying, Verb
from config.transfer.document import Document
from config.transfer.locking import Turns, impatient
from config.transfer.problems import BusyError, Problem
from config.transfer.secrets import FindSecret
from config.transfer.section import Section
from config.transfer.sections import SECTIONS

_Place = tuple[str, str]  # section and key
_Rows = Mapping[str, Mapping[str, Any]]
_SECTIONS = {section.name: section for section in SECTIONS}


@dataclass(frozen=True, slots=True)
class _Tried:
    """A row as its own try left it, and which others of the file had to be there for that."""

    number: int
    references: Mapping[str, _Place]
    lists: Sequence[_Place]
    rivals: Sequence[_Place]
    claims: Collection[tuple[str, ...]]
    row: Any = None

    @property
    def needs(self) -> list[_Place]:
        """What has to be there for the row to be there."""
        return [*self.references.values(), *self.rivals]


class Trying(Applying):
    """Tries each row in a transaction of its own, which is rolled back at once.

    What of the file the row needs is written there before, as its own try left it, and not
    checked again: the rows that it refers to, and those of its section that take, or give up,
    what only one may have. Before a row is removed, what refers to it goes or is moved.
    """

    def __init__(
        self, document: Document, *, missing: Collection[str], find_secret: FindSecret
    ) -> None:
        super().__init__(document, missing=missing, find_secret=find_secret, by=None)
        self._here: _Rows = self._rows
        self._written: dict[str, dict[str, Any]] = {name: {} for name in self._here}
        self._rows = {
            name: ChainMap(self._written[name], dict(rows)) for name, rows in self._here.items()
        }
        self._tried: dict[_Place, _Tried] = {}
        self._claimed: dict[tuple[str, ...], list[_Place]] = defaultdict(list)
        self._removed: Collection[_Place] = ()
        self._referring: Mapping[tuple[str, Any], Collection[_Place]] = {}
        self._turns = Turns()

    def run(
        self, saved: Mapping[_Place, Collection[str]], removed: Collection[_Place]
    ) -> list[Problem]:
        self._removed = frozenset(removed)
        self._referring = _referring(self._here) if removed else {}
        return super().run(saved, removed)

    def _do(self, name: str, key: str, verb: Verb) -> list[Problem]:
        self._turns.give_way()
        if verb == self._remove:
            return self._try_removing(name, key)
        tried = self._look(_SECTIONS[name], key)
        with impatient():
            self._write([*tried.needs, *tried.lists])
            problems = self._do_to_a_copy(name, key, verb)
            made = self._written[name].get(key)
            transaction.set_rollback(True)
        self._forget_written()
        if (name, key) not in self._unmade:
            self._tried[name, key] = replace(tried, row=made)
            for claim in tried.claims:
                self._claimed[claim].append((name, key))
        return problems

    def _try_removing(self, name: str, key: str) -> list[Problem]:
        leaving = self._referring.get((name, self._here[name][key].pk), ())
        with impatient():
            self._write([place for place in leaving if place in self._tried])
            self._take_away(
                [one for one in leaving if one in self._removed and one not in self._unmade]
            )
            problems = self._do_to_a_copy(name, key, self._remove)
            transaction.set_rollback(True)
        self._forget_written()
        return problems

    def _do_to_a_copy(self, name: str, key: str, verb: Verb) -> list[Problem]:
        if key in self._here[name]:  # a try changes the row also in memory
            self._written[name][key] = deepcopy(self._here[name][key])
        return super()._do(name, key, verb)

    def _forget_written(self) -> None:
        for rows in self._written.values():
            rows.clear()

    def _look(self, section: Section, key: str) -> _Tried:
        """What the row needs, and what it takes or gives up that only one may have."""
        wanted = self._wanted(section, key)
        now = {(section.name, *one) for one in section.claims(wanted)}
        before = now
        if section.unique_by:
            stored = self._stored(section, key)
            before = {(section.name, *one) for one in section.claims(stored)} if stored else set()
        given = {name: (target, wanted.get(name)) for name, target in section.references.items()}
        return _Tried(
            number=len(self._tried),
            references={
                name: (target, value)
                for name, (target, value) in given.items()
                if isinstance(value, str)
            },
            lists=[
                (target, one)
                for target, value in given.values()
                if isinstance(value, list)
                for one in value
                if isinstance(one, str)
            ],
            rivals=[place for claim in now for place in self._claimed.get(claim, ())],
            claims=now ^ before,
        )

    def _write(self, places: Iterable[_Place]) -> None:
        """Put rows there that were tried before, with what they need. Others are there as is."""
        found: set[_Place] = set()
        todo = list(places)
        while todo:
            place = todo.pop()
            if place in self._tried and place not in found:
                found.add(place)
                todo += self._tried[place].needs
        try:
            for name, key in sorted(found, key=lambda place: self._tried[place].number):
                self._written[name][key] = self._put(name, key)
        except IntegrityError as error:  # somebody made what is in the way
            raise BusyError from error

    def _put(self, name: str, key: str) -> Any:
        tried = self._tried[name, key]
        row = deepcopy(tried.row)
        for field, (target, other) in tried.references.items():
            setattr(row, field, self._rows[target][other])
        if key not in self._here[name]:
            row.pk, row._state.adding = None, True  # noqa: SLF001 - Django's API
        row.save_base(raw=True)
        return row

    def _take_away(self, places: Iterable[_Place]) -> None:
        """Remove rows whose own removal was tried before, without asking again."""
        for section in SECTIONS:
            keys = [self._here[name][key].pk for name, key in places if name == section.name]
            if keys:
                rows = section.model._base_manager.filter(pk__in=keys)  # noqa: SLF001 - Django's API
                rows._raw_delete(rows.db)  # noqa: SLF001 - without what hangs on them


def _referring(here: _Rows) -> Mapping[tuple[str, Any], Collection[_Place]]:
    """Of each row, by section and primary key, the rows that refer to it as they are stored."""
    found: dict[tuple[str, Any], list[_Place]] = defaultdict(list)
    for section in SECTIONS:
        for field, target in section.references.items():
            for key, row in here[section.name].items():
                pk = getattr(row, f"{field}_id", None)
                if pk is not None:
                    found[target, pk].append((section.name, key))
    return found
