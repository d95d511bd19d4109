"""Lookup tables in this process's memory, so that a lookup costs no query.

Once a second at most, one query asks which tables there are and of which revision; the rows of a
table are read when they are first needed, and again when its revision has changed.
"""

from __future__ import annotations

import os
import threading
import time
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import NamedTuple

from django.db import connection

from postbacks.models import LookupRow, LookupTable

CHECK_SECONDS = 1.0
MAX_ROWS_KEPT = 600_000  # of all tables together, about 100 MB


class Table(NamedTuple):
    """A lookup table as the index knows it. The time tells a revision that was rolled back."""

    pk: int
    name: str
    revision: int
    updated_at: datetime


class LookupCache:
    """Thread safe. What the database raises is passed on: nothing is known then."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._index: Mapping[tuple[str, int | None], Table] = {}
        self._checked_at = float("-inf")
        self._rows: OrderedDict[int, tuple[Table, Mapping[str, str]]] = OrderedDict()

    def tables(self, field: str, customer: int | None) -> list[Table]:
        """The tables of this template field: the customer's own, then that of every customer."""
        with self._lock:
            index = self._fresh_index()
        owners = (None,) if customer is None else (customer, None)
        found = (index.get((field, owner)) for owner in owners)
        return [table for table in found if table is not None]

    def fields(self, customer: int | None) -> list[str]:
        """The template fields that this customer's templates can look up in."""
        with self._lock:
            index = self._fresh_index()
        return sorted({field for field, owner in index if owner in {None, customer}})

    def value(self, table: Table, key: str) -> str | None:
        """What stands for a key; None when the table does not have it."""
        with self._lock:
            known = self._rows.get(table.pk)
            if known is None or known[0] != table:
                known = self._read(table)
            else:
                self._rows.move_to_end(table.pk)
            return known[1].get(key)

    def forget(self) -> None:
        """Look at the next lookup whether something has changed."""
        self._checked_at = float("-inf")

    def _fresh_index(self) -> Mapping[tuple[str, int | None], Table]:
        now = time.monotonic()
        if now - self._checked_at >= CHECK_SECONDS:
            with _connected():
                rows = LookupTable.objects.values_list(
                    "field", "customer_id", "pk", "name", "revision", "updated_at"
                )
                self._index = {(row[0], row[1]): Table(*row[2:]) for row in rows}
            self._checked_at = now
            self._drop_deleted()
        return self._index

    def _drop_deleted(self) -> None:
        present = {table.pk for table in self._index.values()}
        for pk in [pk for pk in self._rows if pk not in present]:
            del self._rows[pk]

    def _read(self, table: Table) -> tuple[Table, Mapping[str, str]]:
        """The rows of a table, as new as `table` says or newer."""
        self._rows.pop(table.pk, None)
        with _connected():
            rows = LookupRow.objects.filter(table_id=table.pk).values_list("key", "value")
            self._rows[table.pk] = (table, dict(rows))
        self._make_room()
        return self._rows[table.pk]

    def _make_room(self) -> None:
        """Let go of what was not used for the longest time; the last one always stays."""
        kept = sum(len(rows) for _, rows in self._rows.values())
        while kept > MAX_ROWS_KEPT and len(self._rows) > 1:
            _, (_, rows) = self._rows.popitem(last=False)
            kept -= len(rows)


@contextmanager
def _connected() -> Iterator[None]:
    """A connection that is closed again where this thread had none.

    The engine renders in a thread of its own, which nobody's request ever ends: a connection left
    open there would be kept for good, and be found broken after the database was restarted.
    """
    had_one = connection.connection is not None
    try:
        yield
    finally:
        if not had_one:
            connection.close()


cache = LookupCache()


def _after_fork() -> None:
    cache.__init__()  # type: ignore[misc] # its lock may be held by a thread that is not here


os.register_at_fork(after_in_child=_after_fork)
