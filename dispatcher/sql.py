"""Statements of the hot path, prepared once: the ORM would take longer to write them than the
database to run them. Everything else goes through the ORM.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any
from uuid import UUID

from django.db import connection, models

Row = Sequence[Any]


def is_postgresql() -> bool:
    return connection.vendor == "postgresql"


_ahead = timedelta()
"""How far the database's clock is ahead of this machine's, as this process knows."""


def now() -> datetime:
    """The time by the database's clock where `synchronize` was called, else this machine's."""
    return datetime.now(UTC) + _ahead


def synchronize() -> None:
    """Learn the database's time: leases of several machines are compared with each other."""
    global _ahead  # noqa: PLW0603 - one clock per process
    if is_postgresql():
        before = datetime.now(UTC)
        there = to_time(fetch("SELECT clock_timestamp()")[0][0])
        _ahead = there - (before + (datetime.now(UTC) - before) / 2)


@contextmanager
def planned_by_values() -> Iterator[None]:
    """In here PostgreSQL plans each statement for the values that it is asked with.

    A statement that is prepared is, after some use, planned once for all values. That saves the
    hot path time; a filter of a list would then miss the index that is made for `failed` alone.
    """
    with connection.execute_wrapper(_unprepared):
        yield


def _unprepared(execute: Any, statement: str, parameters: Any, many: bool, context: Any) -> Any:  # noqa: FBT001 - Django's
    session = context["connection"].connection
    usual = getattr(session, "prepare_threshold", None)
    if usual is None:
        return execute(statement, parameters, many, context)
    session.prepare_threshold = None
    try:
        return execute(statement, parameters, many, context)
    finally:
        session.prepare_threshold = usual


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

    With `skip_conflicts`, rows that exist are left alone; `returning` names a column to return.
    """

    def __init__(
        self,
        model: type[models.Model],
        fields: Sequence[str],
        *,
        skip_conflicts: bool = False,
        returning: str = "",
    ) -> None:
        self._fields: list[Any] = [model._meta.get_field(name) for name in fields]  # noqa: SLF001 - Django's API
        self.columns = ", ".join(field.column for field in self._fields)
        self._head = f'INSERT INTO "{model._meta.db_table}" ({self.columns}) '  # noqa: SLF001
        self._row = f"({placeholders(len(self._fields))})"
        self._tail = " ON CONFLICT DO NOTHING" if skip_conflicts else ""
        self._tail += f" RETURNING {returning}" if returning else ""
        self._returning = bool(returning)

    def __call__(self, rows: Sequence[Row]) -> list[Any]:
        """Insert the rows; the returned column of those that were inserted, if asked for."""
        results: list[Any] = []
        size = 30_000 // len(self._fields)  # SQLite allows about 32,000 parameters
        for start in range(0, len(rows), size):
            chunk = rows[start : start + size]
            with connection.cursor() as cursor:
                cursor.execute(self.statement(len(chunk)), flatten(chunk))
                if self._returning:
                    results += [row[0] for row in cursor.fetchall()]
        return results

    def statement(self, count: int) -> str:
        """The statement for so many rows."""
        return f"{self._head} VALUES {', '.join([self._row] * count)}{self._tail}"

    def statement_where(self, count: int, condition: str) -> str:
        """The statement for those of so many rows (called `v`) that meet a condition."""
        values = ", ".join([self._cast_row, *[self._row] * (count - 1)])
        return (
            f"{self._head} SELECT * FROM (VALUES {values}) AS v ({self.columns}) "  # noqa: S608
            f"WHERE {condition}{self._tail}"
        )

    @cached_property
    def _cast_row(self) -> str:
        """A first row whose types PostgreSQL cannot guess wrong."""
        types = [field.rel_db_type(connection) if field.is_relation else field.db_type(connection)
                 for field in self._fields]  # fmt: skip
        return f"({', '.join(f'%s::{type_}' for type_ in types)})"


def flatten(rows: Sequence[Row]) -> list[Any]:
    """The parameters of all rows, one after the other, as the driver wants them."""
    if is_postgresql():
        return [value for row in rows for value in row]
    return [adapt(value) for row in rows for value in row]
