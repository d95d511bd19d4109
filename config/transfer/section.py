"""One kind of row in the file, by way of the API's resource for it.

What the file says of a row is what the API says of it, without what only the database knows: so
it is checked by the same serializers and saved by the same services as everything else.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from types import SimpleNamespace
from typing import Any

from django.db.models import Model

from config.transfer import naming, secrets
from dispatcher.api.authentication import Caller
from dispatcher.api.resources import ResourceViewSet

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

    `find` gives the rows where they are not simply all that there are.
    """

    name: str
    resource: type[ResourceViewSet]
    identity: Callable[[Any], str]
    references: Mapping[str, str] = field(default_factory=dict)
    extras: tuple[Extra, ...] = ()
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
        queryset: Any = self.resource.queryset
        return list(queryset.all().order_by("pk"))

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
        named: dict[str, Any] = secrets.with_names(document, [self.name, key])
        return named | {extra.name: extra.read(row) for extra in self.extras}

    def proper(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """The row without its extras: these are free texts, and nothing in them is a secret."""
        names = {extra.name for extra in self.extras}
        return {name: value for name, value in document.items() if name not in names}

    def save(self, row: Any, document: Mapping[str, Any], *, by: Any) -> Any:
        """Check and save; references hold primary keys here, and secrets their values."""
        given = [(extra, document[extra.name]) for extra in self.extras if extra.name in document]
        for extra, value in given:
            if extra.put:
                extra.put(row, value)
        saved = self._view(by).write(row, self.proper(document))
        for extra, value in given:
            if extra.save:
                extra.save(saved, value, by)
        return saved

    def point(self, document: dict[str, Any], rows: Mapping[str, Mapping[str, Any]]) -> None:
        """Put primary keys in place of the keys by which the file refers to rows."""
        for name, section in self.references.items():
            if name in document:
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
