"""Statements of the hot path, prepared once: the ORM would take longer to write them than the
database to run them. Everything else goes through the ORM.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import connection, models

Row = Sequence[Any]


def is_postgresql() -> bool:
    return connection.vendor == "postgresql"


def now() -> datetime:
    return datetime.now(UTC)


def adapt(value: Any) -> Any:
    """A UUID or time as this database's driver wants it."""
    if is_postgresql():
        return value
    if isinstance(value, UUID):
        return value.hex
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None).isoformat(" ")
    return value


def fetch(statement: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """Run a statement and return its rows, as the driver gives them."""
    with connection.cursor() as cursor:
        cursor.execute(statement, [adapt(value) for value in parameters])
        return list(cursor.fetchall())


def execute(statement: str, parameters: Sequence[Any] = ()) -> int:
    """Run a statement and return the number of rows it touched."""
    with connection.cursor() as cursor:
        cursor.execute(statement, [adapt(value) for value in parameters])
        return int(cursor.rowcount)


def placeholders(count: int) -> str:
    return ", ".join(["%s"] * count)


def to_uuid(value: Any) -> UUID:
    """A UUID from what either driver returns."""
    return value if isinstance(value, UUID) else UUID(value)


def to_time(value: Any) -> datetime:
    """An aware time from what either driver returns."""
    time = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def to_json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


class Insert:
    """A multi-row INSERT into one table.

    `on_conflict` is appended as it stands, as is RETURNING of the primary key column `returning`.
    """

    def __init__(
        self,
        model: type[models.Model],
        fields: Sequence[str],
        *,
        skip_conflicts: bool = False,
        returning: str = "",
    ) -> None:
        columns = [model._meta.get_field(name).column for name in fields]  # noqa: SLF001 - Django's API
        self._head = f'INSERT INTO "{model._meta.db_table}" ({", ".join(columns)}) VALUES '  # noqa: SLF001, S608
        self._row = f"({placeholders(len(columns))})"
        self._tail = " ON CONFLICT DO NOTHING" if skip_conflicts else ""
        self._tail += f" RETURNING {returning}" if returning else ""
        self._returning = bool(returning)
        self._columns = len(columns)

    def __call__(self, rows: Sequence[Row]) -> list[Any]:
        """Insert the rows; the returned column of those that were inserted, if asked for."""
        results: list[Any] = []
        for chunk in self._chunks(rows):
            results += self._insert(chunk)
        return results

    def _chunks(self, rows: Sequence[Row]) -> Iterable[Sequence[Row]]:
        size = 30_000 // self._columns  # SQLite and PostgreSQL allow about 32,000 parameters
        for start in range(0, len(rows), size):
            yield rows[start : start + size]

    def _insert(self, rows: Sequence[Row]) -> list[Any]:
        convert: Callable[[Any], Any] = (lambda value: value) if is_postgresql() else adapt
        parameters = [convert(value) for row in rows for value in row]
        statement = self._head + ", ".join([self._row] * len(rows)) + self._tail
        with connection.cursor() as cursor:
            cursor.execute(statement, parameters)
            return [row[0] for row in cursor.fetchall()] if self._returning else []
