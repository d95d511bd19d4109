"""One kind of row in the file, by way of the API's resource for it.

What the file says of a row is what the API says of it, without what only the database knows: so
it is checked by the same serializers and saved by the same services as everything else.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from types import SimpleNamespace
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Model
from rest_framework.exceptions import ValidationError as ApiError

from config.transfer import naming, secrets
from config.transfer.problems import by_field
from dispatcher.api.authentication import Caller
from dispatcher.api.resources import ResourceViewSet
from dispatcher.configuration.texts import plain_lines

Keys = Mapping[str, Mapping[int, str]]
"""Of each section, what its rows are called in the file, by primary key."""

_OPERATOR = Caller(token_id="", owner_id=0, scopes=frozenset())  # restricted to nobody's rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Extra:
    """What belongs to a row and its resource does not take, as a lookup table's rows.

    `put` writes it on the row before that is saved; `save` does it when the row is there.
    """

    name: str
    read: Callable[[Any], Any]
    put: Callable[[Any, Any], None] | None = None
    save: Callable[[Any, Any, Any], None] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """`identity` says what a row is called; `references` name the section a field points to.

    Of the fields in each of `unique_by` together, no two rows have the same. `find` gives the rows
    where they are not simply all that there are. `texts` are fields of several lines: older rows
    and files may hold the line ends of a browser.
    """

    name: str
    resource: type[ResourceViewSet]
    identity: Callable[[Any], str]
    references: Mapping[str, str] = field(default_factory=dict)
    unique_by: tuple[tuple[str, ...], ...] = ()
    extras: tuple[Extra, ...] = ()
    texts: tuple[str, ...] = ()
    find: Callable[[], Iterable[Any]] | None = None

    @property
    def model(self) -> type[Model]:
        """What the section's rows are."""
        queryset: Any = self.resource.queryset
        found: type[Model] = queryset.model
        return found

    def rows(self) -> list[Any]:
        """All rows, oldest first: the order in which they are made again."""
        if self.find is not None:
            return list(self.find())
        return list(self._view(None).get_queryset().order_by("pk"))

    def keys(self, rows: list[Any], wanted: Mapping[Any, Any] | None = None) -> dict[int, str]:
        """What each row is called in the file: by its identity, and where several share one by
        what they are, never by their order. With `wanted`, as the rows of that file call it.
        """
        bases = {row.pk: slug(self.identity(row)) for row in rows}
        return naming.keys({row.pk: (bases[row.pk], vars(row)) for row in rows}, wanted or {})

    def document(self, row: Model, key: str, keys: Keys) -> dict[str, Any]:
        """What the file says of this row."""
        serializer: Any = self._view(None).get_serializer(row)
        data = serializer.data
        document = {
            name: data[name]
            for name, one in serializer.fields.items()
            if not (one.read_only or one.write_only)
        }
        for name, section in self.references.items():
            document[name] = _each(document[name], keys[section].__getitem__)
        document = self.plain(document)
        named: dict[str, Any] = secrets.with_names(document, [self.name, key])
        return named | {extra.name: extra.read(row) for extra in self.extras}

    def plain(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """The same row with plain line ends."""
        return {
            name: plain_lines(value) if name in self.texts and isinstance(value, str) else value
            for name, value in document.items()
        }

    def claims(self, document: Mapping[str, Any]) -> set[tuple[str, ...]]:
        """What of this row no other of its section may have, in capitals or not.

        A reference to nothing claims as well: there is one mail server without a customer.
        """
        return {
            (*names, *(str(document.get(name)).strip().casefold() for name in names))
            for names in self.unique_by
            if all(document.get(name) or name in self.references for name in names)
        }

    def proper(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """The row without its extras: these are free texts, and nothing in them is a secret."""
        names = {extra.name for extra in self.extras}
        return {name: value for name, value in document.items() if name not in names}

    def save(
        self, row: Any, document: Mapping[str, Any], *, by: Any, changed: Collection[str]
    ) -> Any:
        """Check and save; references hold primary keys here, and secrets their values.

        Where only what is stored beside the row has `changed`, the row itself is left alone.
        """
        given = self._given(document)
        for extra, value in given:
            if extra.put:
                extra.put(row, value)
        beside = {extra.name for extra in self.extras if extra.save}
        is_beside = row.pk is not None and bool(changed) and beside.issuperset(changed)
        saved = row if is_beside else self._view(by).write(row, self.proper(document))
        for extra, value in given:
            if extra.save:
                extra.save(saved, value, by)
        return saved

    def flaws(self, row: Any, document: Mapping[str, Any]) -> list[tuple[str, str]]:
        """What is wrong with the fields, each for itself; nothing is saved."""
        found: list[tuple[str, str]] = []
        for extra, value in self._given(document):
            try:
                if extra.put:
                    extra.put(row, value)
            except ValidationError as error:
                found += by_field(error)
        serializer = self._view(None).get_serializer(row, data=self.proper(document))
        if not serializer.is_valid():
            found += by_field(ApiError(serializer.errors))
        return found

    def _given(self, document: Mapping[str, Any]) -> list[tuple[Extra, Any]]:
        return [(extra, document[extra.name]) for extra in self.extras if extra.name in document]

    def point(
        self,
        document: dict[str, Any],
        rows: Mapping[str, Mapping[str, Any]],
        *,
        but: Collection[str] = (),
    ) -> None:
        """Put primary keys in place of the keys by which the file refers to rows.

        Fields in `but` refer to what is not there, and are left out.
        """
        for name, section in self.references.items():
            if name in but:
                document.pop(name, None)
            elif name in document:
                found = rows[section]
                document[name] = _each(document[name], partial(_key_of, found))

    def delete(self, row: Any, *, by: Any) -> None:
        """Delete by the service that is responsible."""
        self._view(by).delete_row(row)

    def _view(self, by: Any) -> Any:
        """The resource, called by an operator and not over the network."""
        view: Any = self.resource()
        view.request, view.format_kwarg = SimpleNamespace(auth=_OPERATOR), None
        view.author = lambda: by
        return view


def _key_of(rows: Mapping[str, Any], key: str) -> Any:
    return rows[key].pk


def _each(value: Any, replace: Callable[[Any], Any]) -> Any:
    """A reference, or each of several, replaced; none stays none."""
    if isinstance(value, list):
        return [replace(one) for one in value]
    return None if value is None else replace(value)


def slug(text: str) -> str:
    """A key for the file: lower-case letters, digits and hyphens."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-") or "unnamed"
