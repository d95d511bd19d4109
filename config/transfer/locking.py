"""Transactions that others need not wait for, and that do not wait for others for long."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import OperationalError, connection, transaction

from config.transfer.problems import BusyError

PATIENCE = "2s"
"""How long PostgreSQL waits for a row of somebody else; SQLite has its own timeout."""

AT_ONCE = 0.5
"""Seconds of short transactions on end, after which SQLite's others get their turn."""

_TURN = 0.11
"""Who waits for SQLite asks again after at most a tenth of a second, and is not told."""

_CONTENDED = frozenset({"40001", "40P01", "55P03", "57014"})
"""PostgreSQL's words for: not serializable, deadlock, lock timeout, statement timeout."""
_BUSY, _LOCKED = 5, 6  # SQLite's


@contextmanager
def impatient() -> Iterator[None]:
    """A transaction. Raises BusyError, rolled back, where others hold what it needs."""
    try:
        with transaction.atomic():
            if connection.vendor == "postgresql":
                with connection.cursor() as cursor:
                    cursor.execute(f"SET LOCAL lock_timeout = '{PATIENCE}'")
            yield
    except OperationalError as error:
        if _is_contended(error):
            raise BusyError from error
        raise


def _is_contended(error: OperationalError) -> bool:
    cause = error.__cause__
    code = getattr(cause, "sqlite_errorcode", None)
    if code is not None:
        return code & 0xFF in {_BUSY, _LOCKED}
    return getattr(cause, "sqlstate", None) in _CONTENDED


class Turns:
    """Lets others write between transactions that follow each other closely."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    def give_way(self) -> None:
        """Call it where no transaction is open. PostgreSQL's others wait for single rows only."""
        if connection.vendor == "sqlite" and time.monotonic() - self._began > AT_ONCE:
            time.sleep(_TURN)
            self._began = time.monotonic()
